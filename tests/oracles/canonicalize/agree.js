// Writes every line of a journal again with the npm package `canonicalize` (RFC 8785) and compares the bytes.
//
//   node agree.js JOURNAL
//
// Exit status 0 and one line when all are the same, 1 and the first that differs when not.
'use strict';

const fs = require('fs');
const canonicalize = require('canonicalize');

const lines = fs.readFileSync(process.argv[2]).toString('utf-8').split('\n').slice(0, -1);
lines.forEach((line, at) => {
  const again = canonicalize(JSON.parse(line));
  if (again !== line) {
    console.log(`line ${at + 1} differs: expected ${again}, found ${line}`);
    process.exit(1);
  }
});
console.log(`agreed: ${lines.length} lines`);
