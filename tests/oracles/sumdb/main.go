// Judges a journal with the packages that Go uses for its own checksum database: golang.org/x/mod/sumdb/note and tlog.
//
//	witness JOURNAL CHECKPOINT PUBLIC_KEY.pem ORIGIN [-since OLD_CHECKPOINT] [-receipt FILE]...
//
// It shares no code with what it judges. Exit status 0 and one line when all of it agrees, 1 and the reason when not.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The root of a tree without leaves: SHA-256 of nothing (RFC 6962 section 2.1).
var emptyRoot = sha256.Sum256(nil)

var line = regexp.MustCompile(`^\{"e":(\{.*\}),"s":"([A-Za-z0-9+/]{86}==)"\}$`)

type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

func main() {
	if err := judge(os.Args[1:]); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func judge(args []string) error {
	if len(args) < 4 || len(args)%2 != 0 {
		return fmt.Errorf("usage: witness JOURNAL CHECKPOINT PUBLIC_KEY ORIGIN [-since FILE] [-receipt FILE]")
	}
	public, err := readKey(args[2])
	if err != nil {
		return err
	}
	lines, err := readLines(args[0])
	if err != nil {
		return err
	}
	stored, err := store(lines)
	if err != nil {
		return err
	}
	signers, signed, wrong := verifyLines(lines, stored, args[3], public)
	now, err := readCheckpoint(args[1], signers)
	if err != nil {
		return err
	}
	if err := sameRoot(now, int64(len(lines)), stored); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	for at := 4; at < len(args); at += 2 {
		switch args[at] {
		case "-since":
			err = since(args[at+1], signers, now, stored)
		case "-receipt":
			err = receipt(args[at+1], signers, lines)
		default:
			err = fmt.Errorf("%s is no option", args[at])
		}
		if err != nil {
			return fmt.Errorf("%s: %w", args[at+1], err)
		}
	}
	fmt.Printf("agreed: %d lines, %d signatures, %d keys, root %v\n", now.size, signed, len(signers), now.root)
	return nil
}

func readKey(path string) (ed25519.PublicKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("%s is no PEM file", path)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	public, is := key.(ed25519.PublicKey)
	if !is {
		return nil, fmt.Errorf("%s is no Ed25519 key", path)
	}
	return public, nil
}

// signer is a key that signs the lines from `first` on, and the checkpoints of so many.
type signer struct {
	first    int64
	public   ed25519.PublicKey
	verifier note.Verifier
}

func newSigner(first int64, origin string, public ed25519.PublicKey) (signer, error) {
	text, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return signer{}, err
	}
	verifier, err := note.NewVerifier(text)
	return signer{first, public, verifier}, err
}

func at(signers []signer, size int64) signer {
	found := signers[0]
	for _, one := range signers {
		if one.first <= size {
			found = one
		}
	}
	return found
}

func readLines(path string) ([][]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := bytes.Split(raw, []byte("\n"))
	return lines[:len(lines)-1], nil
}

// store keeps the hashes of the tree as a server of the checksum database does.
func store(lines [][]byte) (tlog.HashReaderFunc, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for at, index := range indexes {
			if index >= int64(len(stored)) {
				return nil, fmt.Errorf("hash %d of %d", index, len(stored))
			}
			found[at] = stored[index]
		}
		return found, nil
	})
	for number, line := range lines {
		hashes, err := tlog.StoredHashes(int64(number), line, reader)
		if err != nil {
			return nil, err
		}
		stored = append(stored, hashes...)
	}
	return reader, nil
}

func readCheckpoint(path string, signers []signer) (checkpoint, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return checkpoint{}, err
	}
	return openCheckpoint(raw, signers)
}

func openCheckpoint(raw []byte, signers []signer) (checkpoint, error) {
	var known []note.Verifier
	for _, one := range signers {
		known = append(known, one.verifier)
	}
	opened, err := note.Open(raw, note.VerifierList(known...))
	if err != nil {
		return checkpoint{}, err
	}
	parts := strings.Split(opened.Text, "\n")
	if len(parts) != 4 || parts[3] != "" {
		return checkpoint{}, fmt.Errorf("the checkpoint has %d lines", len(parts)-1)
	}
	if parts[0] != opened.Sigs[0].Name {
		return checkpoint{}, fmt.Errorf("the checkpoint of %s is signed by %s", parts[0], opened.Sigs[0].Name)
	}
	size, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return checkpoint{}, err
	}
	if opened.Sigs[0].Hash != at(signers, size).verifier.KeyHash() {
		return checkpoint{}, fmt.Errorf("the checkpoint of %d lines is signed by the key of other lines", size)
	}
	root, err := tlog.ParseHash(parts[2])
	return checkpoint{parts[0], size, root}, err
}

func sameRoot(claimed checkpoint, count int64, stored tlog.HashReader) error {
	if claimed.size > count {
		return fmt.Errorf("the checkpoint speaks of %d lines, found %d", claimed.size, count)
	}
	root, err := tlog.TreeHash(claimed.size, stored)
	if err != nil {
		return err
	}
	if root != claimed.root {
		return fmt.Errorf("the root over %d lines is %v, the checkpoint says %v", claimed.size, root, claimed.root)
	}
	return nil
}

// verifyLines returns the keys that signed, how many lines are signed, and what is wrong with the first that is not signed as it should be.
func verifyLines(lines [][]byte, stored tlog.HashReader, origin string, public ed25519.PublicKey) ([]signer, int, error) {
	first, err := newSigner(0, origin, public)
	if err != nil {
		return nil, 0, err
	}
	signers, signed := []signer{first}, 0
	for number, text := range lines {
		parts := line.FindSubmatch(text)
		if parts == nil {
			if signed > 0 {
				return signers, signed, fmt.Errorf("line %d is not signed", number+1)
			}
			continue
		}
		// TreeHash does not know the tree of no lines.
		root := tlog.Hash(emptyRoot)
		if number > 0 {
			if root, err = tlog.TreeHash(int64(number), stored); err != nil {
				return signers, signed, err
			}
		}
		signature, err := base64.StdEncoding.DecodeString(string(parts[2]))
		if err != nil {
			return signers, signed, err
		}
		message := fmt.Sprintf("forgewatch/entry/v1\n%d\n%v\n%s", number, root, parts[1])
		if !ed25519.Verify(at(signers, int64(number)).public, []byte(message), signature) {
			return signers, signed, fmt.Errorf("the signature of line %d does not fit", number+1)
		}
		signed++
		var event struct{ Is, Public string }
		if err := json.Unmarshal(parts[1], &event); err != nil {
			return signers, signed, err
		}
		if event.Is != "KeyRotated" {
			continue
		}
		next, err := base64.StdEncoding.DecodeString(event.Public)
		if err != nil || len(next) != ed25519.PublicKeySize {
			return signers, signed, fmt.Errorf("line %d names no key", number+1)
		}
		turned, err := newSigner(int64(number)+1, origin, next)
		if err != nil {
			return signers, signed, err
		}
		signers = append(signers, turned)
	}
	return signers, signed, nil
}

func since(path string, signers []signer, now checkpoint, stored tlog.HashReader) error {
	before, err := readCheckpoint(path, signers)
	if err != nil {
		return err
	}
	if before.size < 1 || before.size > now.size {
		return fmt.Errorf("speaks of %d lines, the checkpoint of %d", before.size, now.size)
	}
	proof, err := tlog.ProveTree(now.size, before.size, stored)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, now.size, now.root, before.size, before.root)
}

func receipt(path string, signers []signer, lines [][]byte) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, found := strings.Cut(string(raw), "\n\n")
	parts := strings.Split(head, "\n")
	if !found || len(parts) < 2 || parts[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(parts[1], "index ") {
		return fmt.Errorf("is no receipt")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(parts[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	if index < 0 || index >= int64(len(lines)) {
		return fmt.Errorf("is for line %d of %d", index+1, len(lines))
	}
	var proof tlog.RecordProof
	for _, text := range parts[2:] {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	vouching, err := openCheckpoint([]byte(rest), signers)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, vouching.size, vouching.root, index, tlog.RecordHash(lines[index]))
}
