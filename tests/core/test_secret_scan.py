"""The secret scan: measured on made positives and honest negatives, and what no text can do to it."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.secret_proofs import base62, checksum_holds
from forgewatch.core.secret_rules import RULES, Proof
from forgewatch.core.secret_scan import GENERIC, SecretHit, scan_lines
from forgewatch.core.secret_values import decoded, digest16, entropy, is_patterned, is_random, is_wordy
from forgewatch.core.secret_windows import LONGEST_BLOCK, OVERLAP, WINDOW
from tests.support.noise_cases import NOISE, noise
from tests.support.plain_cases import negatives
from tests.support.secret_cases import ALNUM, ASSIGNMENTS, BASE64, HEX, SHAPES, Maker, positives


def scan(text: str, **options: bool) -> tuple[SecretHit, ...]:
    return scan_lines(tuple(enumerate(text.split("\n"), 1)), **{"settings": True, **options})


def rules(text: str, **options: bool) -> list[str]:
    return [hit.rule for hit in scan(text, **options)]


@pytest.mark.req("S002-10.7-W1")
def test_at_least_ninety_five_of_a_hundred_secrets_are_found() -> None:
    cases = [case for seed in (1, 2) for case in positives(seed)]
    missed = [(name, text) for name, text in cases if not scan(text)]
    assert len(cases) >= 300
    assert len(missed) <= 0.02 * len(cases), missed


@pytest.mark.req("S002-10.7-W1")
def test_at_most_three_of_a_hundred_honest_lines_are_called_secrets() -> None:
    cases = [*negatives(), *(line for _, line in noise(seed=1))]
    wrong = [line for line in cases if scan(line) or scan(line, settings=False)]
    assert len(cases) >= 600
    assert len(wrong) <= 0.01 * len(cases), wrong


@pytest.mark.parametrize("kind", NOISE)
def test_no_kind_of_random_looking_text_is_called_a_secret(kind: str) -> None:
    lines = [NOISE[kind](Maker(seed)) for seed in range(20)]
    assert [line for line in lines if scan(line) or scan(line, settings=False)] == []


def test_the_table_has_at_least_a_hundred_and_twenty_shapes_with_names_of_their_own() -> None:
    names = [rule.id for rule in RULES]
    assert len(names) >= 120
    assert len(set(names)) == len(names)
    assert all(rule.keywords and re.fullmatch(r"[a-z0-9-]+", rule.id) for rule in RULES)


@pytest.mark.parametrize("name", SHAPES)
def test_each_shape_is_found_by_its_own_rule(name: str) -> None:
    found = [rule for seed in range(3) for rule in rules(SHAPES[name](Maker(seed)))]
    assert name in found


@pytest.mark.parametrize(("frame", "make"), ASSIGNMENTS)
def test_each_way_to_assign_a_secret_is_found(frame: str, make: Callable[[Maker], str]) -> None:
    assert any(scan(frame.format(make(Maker(seed)))) for seed in range(3))


@pytest.mark.parametrize("word", ["sk-", "AKIA", "-----" + "BEGIN", "password=", "secret=", "token="])
def test_a_bare_word_of_the_contract_is_no_evidence(word: str) -> None:
    assert not scan(word)
    assert not scan(f'patterns = ["{word}"]')


def test_the_six_words_of_the_contract_are_covered_by_rules() -> None:
    maker = Maker(7)
    texts = [
        "sk-" + maker.some(ALNUM, 48),
        "AKIA" + maker.some("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        maker.key_block(),
        f"password={maker.some(ALNUM, 24)}",
        f"secret={maker.some(ALNUM, 24)}",
        f"token={maker.some(ALNUM, 24)}",
    ]
    assert all(scan(text) for text in texts)


def test_a_name_without_a_secret_hides_none_behind_it_on_its_line() -> None:
    value = Maker(3).some(ALNUM, 24)
    for text in (
        f'# the password, then: secret = "{value}"',
        f'connect(token_url="https://acme.io/a1", api_key="{value}")',
        f'f(password, "user", token="{value}")',
        f'f(password="change-me-please", token="{value}")',
    ):
        assert [hit.digest for hit in scan(text, settings=False)] == [digest16(value)], text


def test_the_mark_that_escapes_a_quote_is_no_part_of_the_value() -> None:
    value = Maker(3).some(ALNUM, 24) + "X"
    for text in (f'"run --token={value}\\" x', f'"run --token=\\"{value}\\" x'):
        assert [(hit.digest, hit.length) for hit in scan(text)] == [(digest16(value), 25)], text


def test_a_value_that_is_cut_in_the_middle_of_a_character_is_found() -> None:
    value = Maker(3).some(ALNUM, 21) + "é" * 400
    assert rules("x" * (WINDOW - 60) + " password=" + value) == [GENERIC]
    assert rules("x" * (WINDOW - 61) + " password=" + value) == [GENERIC]
    assert rules(f"- name: DB_PASSWORD\n  value: {value[:21]}{Maker(3).some('äåæçèéêëìíîïðñòóôõö', 300)}") == [GENERIC]


def test_the_value_is_in_no_field_of_a_hit() -> None:
    value = Maker(3).github()
    (hit,) = scan(f'token = "{value}"')
    assert (hit.rule, hit.line, hit.column, hit.shown) == ("github-personal-token", 1, 10, value[:4])
    assert hit.digest == digest16(value)
    assert value[4:] not in repr(hit)


def test_a_secret_at_the_start_of_a_line_is_told_with_that_line() -> None:
    value = Maker(3).github()
    for text in (f"{value}\nlast", f"\n{value}\nlast", f"first\n\n{value}"):
        assert [(hit.line, hit.column) for hit in scan(text)] == [(text.split("\n").index(value) + 1, 1)], text


def test_the_column_counts_characters() -> None:
    (hit,) = scan("é: " + Maker(3).github())
    assert hit.column == 4
    (hit,) = scan_lines(((1, "a\n\ud800" + Maker(3).github()),))
    assert hit.column == 4


def test_a_checksum_that_holds_settles_it_and_one_that_does_not_asks_for_entropy() -> None:
    good = Maker(5).github()
    assert checksum_holds(good, "ghp_")
    assert not checksum_holds(good[:-1] + ("a" if good[-1] != "a" else "b"), "ghp_")
    assert base62(61) == "00000z"
    plain = "abcdefghijklmnopqrstuvwxyz0123"
    for prefix in ("ghp_", "gho_", "npm_"):
        assert scan(f"{prefix}{plain}{base62(zlib.crc32(plain.encode()))}"), prefix
    assert scan("ghp_" + Maker(6).some(ALNUM, 36))
    assert not scan("ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789")


def test_long_text_in_few_letters_is_no_token() -> None:
    maker = Maker(3)
    assert rules(f"EAA{maker.some(ALNUM, 100)}") == ["facebook-token"]
    assert not scan(f"EAA{maker.some('QXZJKVWPMBGHTRLC', 100)}")


FOLDED = [rule.id for rule in RULES if rule.folded and rule.proof is Proof.NONE and rule.id in SHAPES]


@pytest.mark.parametrize("name", FOLDED)
def test_a_shape_that_is_known_in_any_case_is_found_in_the_other_one(name: str) -> None:
    assert any(name in rules(SHAPES[name](Maker(seed)).swapcase()) for seed in range(5))


def test_a_token_in_the_wrong_case_is_none() -> None:
    assert not scan("AKIA" + Maker(3).some("abcdefghijklmnopqrstuvwxyz234567", 16))


def test_of_a_token_beside_its_name_only_the_token_is_the_secret() -> None:
    token = Maker(3).uuid()
    (hit,) = scan(f"//registry.acme.io/:_authToken={token}")
    assert (hit.rule, hit.digest, hit.column) == ("npm-legacy-token", digest16(token), 32)


def test_entropy_is_measured_behind_what_the_issuer_puts_in_front() -> None:
    assert rules("AKIA" + "BXQZTMWR" + "QXTRZWMB") == ["aws-access-key"]
    assert not scan("AKIA" + "BXQZTMWB" + "QXTTZWMB")


@pytest.mark.parametrize("filler", ["x ", "é ", "字 "])
def test_a_secret_at_any_place_of_a_line_of_a_megabyte_is_found(filler: str) -> None:
    value = Maker(4).github()
    for place in (0, WINDOW - OVERLAP - 20, WINDOW - 20, WINDOW * 3 + 7, 10**6):
        text = filler * (place // 2) + value + " y" * 1000
        (hit,) = scan(text)
        assert hit.column == (place // 2) * 2 + 1


def test_a_private_key_header_counts_only_with_a_key_behind_it() -> None:
    maker = Maker(8)
    header = "-----BEGIN EC PRIVATE" + " KEY-----"
    assert not scan(f'if "{header}" in text:')
    assert not scan(f"{header}\n...\n-----END EC PRIVATE KEY-----\n{maker.some(BASE64, 64)}")
    for body in ("A" * 64, maker.some(HEX, 64), maker.some(BASE64, 39) + "\n-----END EC PRIVATE KEY-----"):
        assert not scan(f"{header}\n{body}"), body
    key = f"{maker.some(BASE64, 64)}\n-----END EC PRIVATE KEY-----"
    assert not scan(f"{header}\n{'...' * 9}\n" + "and so on\n" * 12 + key)
    assert rules(f"{header}\n" + "Comment: any number of words\n" * 11 + key) == ["private-key"]
    assert rules(f"{header}\nProc-Type: 4,ENCRYPTED\n\n{maker.some(BASE64, 64)}") == ["private-key"]
    assert rules(f'"private_key": "{header}\\n{maker.some(BASE64, 64)}\\n"') == ["private-key"]
    for marks in ("é" * LONGEST_BLOCK, "x" + "é" * LONGEST_BLOCK):
        assert rules(f"{header}\n{maker.some(BASE64, 64)}\n{marks}") == ["private-key"]
    assert not scan_lines(((1, header), (9, maker.some(BASE64, 64))))


def test_a_putty_key_is_a_key() -> None:
    assert "putty-private-key" in rules(f"PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n{Maker(1).some(BASE64, 64)}")


def digest_of(text: str) -> str:
    (hit,) = scan(text)
    return hit.digest


def test_the_digest_of_a_key_block_is_of_header_body_and_end() -> None:
    key = Maker(8).key_block()
    assert digest_of(key) == digest_of(f"before\n{key}\nafter") == digest16(key)
    head, *body, end = key.split("\n")
    for other in ([*body[:-1], Maker(9).some(BASE64, 64)], body[:-1], [*body, "QUJD"], body[1:]):
        assert digest_of("\n".join([head, *other, end])) != digest16(key)
    assert digest_of(key.replace("RSA", "DSA")) != digest16(key)


def test_two_keys_of_one_type_have_two_digests() -> None:
    first, second = Maker(1).key_block(), Maker(2).key_block()
    assert first.split("\n")[0] == second.split("\n")[0]
    hits = scan(f"{first}\n{second}")
    assert [hit.digest for hit in hits] == [digest16(first), digest16(second)]
    assert [(hit.line, hit.column, hit.shown) for hit in hits] == [(1, 1, "----"), (9, 1, "----")]
    assert digest_of(first.split("\n")[0] + second) == digest16(second)


def test_one_key_has_one_digest_indented_escaped_and_at_the_end_of_a_long_line() -> None:
    key = Maker(3).key_block()
    escaped = key.replace("\n", "\\n")
    shapes = [
        "\n".join(f"    {line}" for line in key.split("\n")),
        key.replace("\n", "\r\n"),
        f'{{"private_key": "{escaped}\\n", "id": 1}}',
        f'{{"private_key": "{escaped.replace(chr(92) + "n", chr(92) + "r" + chr(92) + "n")}"}}',
        *(
            f"{'x ' * (place // 2)}{escaped}\\n"
            for place in (WINDOW - 20, WINDOW - 300, *range(WINDOW - len(escaped) - 60, WINDOW - len(escaped) + 60, 2), WINDOW * 2 - 99)
        ),
    ]
    assert {digest_of(text) for text in shapes} == {digest16(key)}
    long = key.replace("\n", "\n" + "\n".join(Maker(seed).some(BASE64, 64) for seed in range(3 * WINDOW // 64)) + "\n", 1)
    assert digest_of('"' + long.replace("\n", "\\n")) == digest16(long)


def test_a_key_block_ends_before_the_next_header_at_a_gap_and_at_the_limit() -> None:
    head, *body, _ = Maker(4).key_block().split("\n")
    open_key = "\n".join([head, *body])
    assert digest_of(open_key) == digest16(open_key)
    assert digest_of(f"{open_key}\n-----BEGIN CERTIFICATE-----\nx") == digest16(open_key)
    gap = scan_lines((*enumerate(open_key.split("\n"), 1), (99, "more")))
    assert [hit.digest for hit in gap] == [digest16(open_key)]
    endless = [head, *(Maker(seed).some(BASE64, 64) for seed in range(LONGEST_BLOCK // 64 + 9))]
    assert digest_of("\n".join(endless)) == digest_of("\n".join([*endless, "QUJD"]))
    assert digest_of("\n".join(endless)) != digest_of("\n".join([*endless[:99], "QUJD", *endless[99:]]))


def test_a_putty_key_has_the_digest_of_all_its_lines() -> None:
    def key(seed: int) -> str:
        return f"PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\n{Maker(seed).some(BASE64, 64)}\nPrivate-MAC: {'ab12' * 8}"

    assert digest_of(f"{key(1)}\nnext") == digest16(key(1))
    assert digest_of(key(2)) != digest_of(key(1))


def test_a_file_of_nothing_but_headers_is_read_once() -> None:
    assert not scan(("-----BEGIN RSA PRIVATE" + " KEY-----\n") * 20_000)
    assert not scan(("-----BEGIN RSA PRIVATE" + " KEY-----") * 20_000)


def test_a_web_token_has_to_decode() -> None:
    token = Maker(2).jwt()
    assert rules(token) == ["json-web-token"]
    head, _, signature = token.split(".")
    spaced = base64.urlsafe_b64encode(b'{"sub": "fd81"}\n').decode().rstrip("=")
    assert rules(f"{head}.{spaced}.{Maker(2).some('bdghkmqrx7', 24)}") == ["json-web-token"]
    sample = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"x"}').decode().rstrip("=")
    assert not scan(f"{head}.{sample}.{signature}")
    assert not scan(f"ey{'J' * 20}.{sample}.{signature}")
    assert not scan(f"{head}.{base64.urlsafe_b64encode(b'[1,2,3,4,5,6]').decode().rstrip('=')}.{signature}")
    assert not scan(f"{head}.ey{'A' * 20}.{signature}")


def test_an_address_counts_only_with_a_password_that_is_none_of_the_usual_ones() -> None:
    strong, weak = Maker(2).some(ALNUM, 16), "zq8" + "vw1"
    for password in (strong, "QzXvBnMkLpQwRt" + "YzHgFdSa", Maker(2).uuid()):
        assert rules(f"redis://:{password}@localhost:6379") == ["address-with-password"]
    assert rules(f"postgres://app:{weak}@db.acme.io/app") == ["address-with-password"]
    for login in ("app:app", "app:password", "app:zq8v", "app:aaaaaaaa", "app:$PASSWORD", "app:$1$2$3", "app:{password}", "app:example"):
        assert not scan(f"postgres://{login}@db.acme.io/app"), login
    assert not scan(f"postgres://app:{weak}.io@{weak.upper()}.io:5432/app")
    assert not scan(f"postgres://app:{weak}@localhost/app")
    assert not scan(f"postgres://app:{weak}@db.example.com/app")


def test_a_basic_login_counts_only_with_a_real_password() -> None:
    def header(login: bytes) -> str:
        return f"Authorization: Basic {base64.b64encode(login).decode()}"

    value = Maker(9).some(ALNUM, 16)
    for password in (value, f"{value}:1", "zq8" + "vw1"):
        assert rules(header(f"deploy:{password}".encode())) == ["basic-authorization"]
    for login in (
        b"user:password",
        b"no divider here",
        b"user:\x00\x01\x02\x03\x04\x05\x06",
        b"u:" + b"a" * 12,
        b"\xff\xfe\xfd\xfc:abcdefgh",
        b"a:bcd12345x{{x}}",
    ):
        assert not scan(header(login)), login


@pytest.mark.parametrize(
    "login",
    [
        "scott:P%40ssw%25rd",
        "scott:P%%40ssw%%25rd",
        "%C3%BCser:p%C3%A4ssword",
        "user:pass%5B%7F",
        "app:h%C3%BCnter2",
        "foo001:bar002",
        ":bar002",
        "app:%24PASSWORD",
    ],
)
def test_a_password_that_is_a_placeholder_once_it_is_decoded_is_none(login: str) -> None:
    assert not scan(f"postgresql://{login}@db.acme.io/app")


def test_the_hosts_before_the_last_one_are_no_login() -> None:
    assert not scan("MultiHostUrl('https://foo.com:123,foo:bar@bar.com/path')")
    assert not scan("amqp://mq1.acme.io:5672,mq2.acme.io:5672,app:password@mq3.acme.io/")
    assert not scan("amqp://mq1.acme.io:5672,zq8vw1:" + "zq8vw1@mq3.acme.io/")
    assert not scan("http://&a:foo(b%5Dc@d:2/")


def test_a_real_password_in_the_same_kinds_of_address_is_found() -> None:
    maker = Maker(12)
    value, marked = maker.some(ALNUM, 16), quote(maker.password(), safe="")
    for login in (
        f"app:{marked}",
        f"app:{marked.replace('%', '%%')}",
        f"app:{value}:1",
        f":{value}",
        f"%C3%BCser:{value}",
        f"foo001:{value}",
        f"foo:p{value}",
    ):
        assert rules(f"postgresql://{login}@db.acme.io/app") == ["address-with-password"], login
    assert rules(f"amqp://mq1.acme.io:5672,mq2.acme.io:5672,app:{value}@mq3.acme.io/") == ["address-with-password"]
    assert rules(f"amqp://app:{value[:8]},{value[8:]}@mq3.acme.io/") == ["address-with-password"]
    assert rules(f"mongodb://app:{value}@m1.acme.io:27017,m2.acme.io:27017/app") == ["address-with-password"]


def basic(login: str) -> str:
    return f'"Authorization": "Basic {base64.b64encode(login.encode()).decode()}"'


@pytest.mark.parametrize(
    "login", ["имя:пароль", "nkim:секрет", "josé:ßəcrət", "example-username:example-password", "Werkzeug:Wekrzeug", "operator:Operator"]
)
def test_a_basic_login_that_is_an_example_is_none(login: str) -> None:
    assert not scan(basic(login))


def test_a_real_basic_login_is_found_whatever_the_script() -> None:
    value = Maker(9).some(ALNUM, 12)
    for login in (f"имя:{value}", f"josé:{value}", f"nkim:секрет{value}", f"example-username:{value}", f"Werkzeug:{value}"):
        assert rules(basic(login)) == ["basic-authorization"], login


def test_the_nonce_of_a_handshake_is_no_secret_and_a_key_beside_it_is_one() -> None:
    nonce = Maker(5).some(ALNUM, 22) + "=="
    sample, other = "dGhlIHNhbXBsZSBub25j" + "ZQ==", "x3JJHMbDL1EzLkh9GBhX" + "Dw=="
    for line in (f'client_key = b"{sample}"', f'client_key = b"{other}"', f'websocket_client_key = "{nonce}"'):
        assert not scan(line, settings=False), line
    words = base64.b64encode(b"only an explanation of it").decode()
    assert not scan(f'client_secret = "{words}"')
    for line in (
        f'client_key = b"{nonce}"',
        f'websocket_client_secret = "{nonce}"',
        f'websocket_client_key = "{Maker(5).some(ALNUM, 40)}"',
    ):
        assert rules(line, settings=False) == [GENERIC], line
    assert rules(f'client_secret = "{base64.b64encode(Maker(5).some(ALNUM, 20).encode()).decode()}"') == [GENERIC]


def test_a_short_first_argument_of_several_is_no_secret_and_an_only_or_long_one_is() -> None:
    maker = Maker(6)
    short, long = maker.some(ALNUM, 5) + "!" + maker.some("0123456789", 3), maker.some(ALNUM, 24)
    for line in (
        'assert tc.auth_password("non-utf8", "\\xff") == []',
        f'check_token( "{short}" , 3)',
        f'check_token ("{short}", 3)',
        f"set_password('{short}',",
    ):
        assert not scan(line, settings=False), line
    found = [f'SecretStr("{short}")', f'set_password("{short}")', f'auth_password("{long}", 3)', f'password="{short}", retries=3']
    found += [f'auth_password("{long[:16]}", 3)', f'("JWT_SECRET", "{long}")']
    found += [f'{{"password": "{short}", "retries": 3}}', f'os.getenv("JWT_SECRET", "{long}")']
    assert [rules(line, settings=False) for line in found] == [[GENERIC]] * len(found)


def test_the_mark_of_a_kind_of_file_is_no_secret_and_bytes_of_a_key_are() -> None:
    for value in (r"\x89PNG\r\n\x1a\n", r"\x00\x01GIF89a", r"PK\x03\x04\x14Zip9"):
        assert not scan(f"password = b'{value}'", settings=False), value
    maker = Maker(7)
    for value in (r"\x8f" + maker.some(ALNUM, 20), maker.some(ALNUM, 6) + r"\xec]\n" + maker.some(ALNUM, 6)):
        assert rules(f"password = b'{value}'", settings=False) == [GENERIC], value


def test_what_an_encoded_picture_happens_to_spell_is_no_token() -> None:
    maker = Maker(8)
    token, filling = "AKIA" + maker.some("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), "/" + "iVBORw0KGgo+" * 40 + "/"
    address = f"data:image/png;charset=x;base64,{filling}"
    assert rules(token) == ["aws-access-key"]
    assert not scan(f'<image href="{address}{token}{filling}"/>')
    assert not scan(f'<image href="data:image/png;base64,{"iVBORw0KGgo+" * 1000}/{token}{filling}"/>')


def test_a_token_before_behind_or_in_the_place_of_encoded_data_is_found() -> None:
    maker = Maker(8)
    token, filling = "AKIA" + maker.some("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), "/" + "iVBORw0KGgo+" * 40 + "/"
    address = f"data:image/png;base64,{filling}"
    for text in (
        f'{token} "{address}"',
        f'"{address}" {token}',
        f"data:text/plain;base64,{token}",
        f"data:text/plain;base64,{token}{filling}",
        f"{address}{token}",
        f"{filling}{token}{filling}",
    ):
        assert rules(text) == ["aws-access-key"], text


@pytest.mark.parametrize("text", ["u" * (count % 3) + ">>>???" + "y" * count for count in range(9)])
def test_text_is_decoded_from_both_alphabets_with_and_without_padding(text: str) -> None:
    for encoded in (base64.b64encode(text.encode()).decode(), base64.urlsafe_b64encode(text.encode()).decode()):
        assert decoded(encoded) == decoded(encoded.rstrip("=")) == text


def test_a_known_example_of_an_issuer_is_no_secret() -> None:
    assert not scan("Authorization: Basic " + "czZCaGRSa3F0MzpnWDFm" + "QmF0M2JW")
    assert not scan("AKIA" + "IOSFODNN7" + "EXAMPLE")
    assert not scan("AKIA" + "Q7EXAMPLE" + "ZTM5RWX")
    assert not scan("access_token=" + "2YotnFZFEjr1zC" + "sicMWpAA")
    body = base64.urlsafe_b64encode(b'{"some":"payload"}').decode().rstrip("=")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').decode().rstrip("=")
    assert not scan(f"{head}.{body}." + "4twFt5NiznN84AWoo1d7KO1T_yoc0" + "Z6XOpOVswacPZg")


@pytest.mark.parametrize("note", ["# nosec", "# pragma: allowlist secret", "// gitleaks:allow", "# noqa: S105", "# forgewatch: ignore"])
def test_a_comment_in_the_file_excuses_nothing(note: str) -> None:
    assert scan(f'password = "{Maker(1).password()}"  {note}')


def test_a_bare_word_of_source_code_is_a_name_and_of_settings_a_value() -> None:
    value = Maker(3).some(ALNUM, 24)
    assert rules(f"password = {value}") == [GENERIC]
    assert not scan("password = abcDEF_ghi_jkl_2024_mno", settings=False)
    assert not scan("password = xQ4rT9", settings=False)
    assert not scan(f"token = request.{value}.x")
    assert scan(f"# token: {value}", settings=False)


@pytest.mark.parametrize(
    "frame",
    [
        "https://acme.io/{}",
        "arn:aws:iam::123456789012:role/{}",
        "/run/secrets/{}",
        "$2b$12${}",
        "$argon2id$v=19${}",
        "pbkdf2_sha256$1000${}",
        "{{SHA}}{}",
        "sha256-{}",
        "ENC[AES256_GCM,data:{}",
        "vault:secret/{}",
        "op://vault/{}",
        "data:text/plain;base64,{}",
        "{}@acme.io",
        "process.env.{}",
        "settings.{}",
        "1.20.3-{}",
    ],
)
def test_a_value_that_says_where_the_secret_is_or_what_is_left_of_it_is_none(frame: str) -> None:
    value = "q" + Maker(3).some(ALNUM, 24)
    assert rules(f'api_key = "{value}"') == [GENERIC]
    assert not scan(f'api_key = "{frame.format(value)}"')


@pytest.mark.parametrize(
    ("told", "not_told"),
    [
        ("CREATE ROLE app PASSWORD '{}'", "give the token '{}' back"),
        ("ALTER USER app IDENTIFIED BY '{}'", "the secret '{}' is gone"),
        ("curl -H 'Authorization: Bearer {}'", "a bearer of {}"),
        ("curl -H 'Authorization: token {}'", "see token {}"),
        ("run --api-key {}", "run api-key {}"),
        ('os.getenv("JWT_SECRET", "{}")', 'read("a", "JWT_SECRET", "{}")'),
    ],
)
def test_a_value_beside_a_word_counts_where_a_language_or_a_tool_reads_it(told: str, not_told: str) -> None:
    value = Maker(3).some(ALNUM, 24)
    (hit,) = scan(told.format(value), settings=False)
    assert (hit.rule, hit.issuer, hit.column) == (GENERIC, "", told.index("{}") + 1)
    assert not scan(not_told.format(value), settings=False)


@pytest.mark.parametrize("name", ["token_a", "secretKey2", "PASSWORD_B", "my.token.x1"])
def test_a_name_that_only_numbers_its_secret_means_one(name: str) -> None:
    assert rules(f'{name} = "{Maker(3).some(ALNUM, 24)}"') == [GENERIC]


@pytest.mark.parametrize("name", ["tokens", "secretary", "passwordless", "tokensA"])
def test_a_word_that_goes_on_is_another_word(name: str) -> None:
    assert not scan(f'{name} = "{Maker(3).some(ALNUM, 24)}"')


@pytest.mark.parametrize(("value", "told"), [("{0}_{1}", 0), ("QzXvBnMkLpQwRtYzHg12", 0), ("{0}-{1}", 1), ("{0}{1}", 1)])
def test_a_bare_word_of_source_code_that_could_be_a_name_is_none(value: str, told: int) -> None:
    parts = [f"q{Maker(seed).some(ALNUM, 11)}" for seed in (1, 2)]
    assert len(scan(f"token = {value.format(*parts)}", settings=False)) == told


@pytest.mark.parametrize("frame", ["${{{}}}", "{{{{{}}}}}", "<{}>", "%({})s", "{}***", "{}...", "$({})", "#{{{}}}", "@{}", "!vault{}"])
def test_a_place_for_a_value_is_none(frame: str) -> None:
    assert not scan(f'password = "{frame.format("q" + Maker(3).some(ALNUM, 20))}"')


@pytest.mark.parametrize(
    "text",
    ["Xq7!Xq7!Xq7!Xq7!", "Qz9-example-kTw4", "3xampl3-Qz9!kTw", "S3cr3t-Qz9!kTwv", "abc123-Qz9!kTwv", "P@$$w0rd-Qz9!kTw", "Qz9!kTwv-h3re"],
)
def test_a_value_that_repeats_itself_or_says_that_it_is_an_example_is_none(text: str) -> None:
    assert not scan(f'password = "{text}"')


def test_a_name_that_stands_for_itself_is_no_secret() -> None:
    name = f"api_key_{Maker(3).some(ALNUM, 16)}"
    assert rules(f'{name} = "{name}1"') == [GENERIC]
    assert not scan(f'{name} = "{name.upper()}"')


def test_letters_alone_are_a_secret_in_quotes_or_in_settings_and_a_short_bare_word_is_none() -> None:
    letters, value = "QzXvBnMkLpQwRt" + "YzHgFdSa", Maker(3).some(ALNUM, 16)
    assert rules(f'client_secret = "{letters}"', settings=False) == rules(f"client_secret: {letters}") == [GENERIC]
    assert not scan(f"client_secret = {letters}", settings=False)
    assert not scan_lines(((1, f"client_secret = {letters}"),))
    assert rules(f"client_secret = {value}", settings=False) == [GENERIC]
    assert not scan(f"client_secret = {value[:15]}", settings=False)


def test_a_bare_value_with_dots_is_a_chain_of_names_unless_it_has_three_parts() -> None:
    parts = [f"a{Maker(seed).some(ALNUM, 14)}" for seed in range(4)]
    assert [bool(scan("token: " + ".".join(parts[:count]))) for count in (1, 2, 3, 4)] == [True, False, True, False]
    assert [bool(scan('token: "' + ".".join(parts[:count]) + '"')) for count in (1, 2, 3, 4)] == [True] * 4


@pytest.mark.parametrize(
    "frame",
    [
        "- name: DB_PASSWORD\n  value: {}",
        '  "name": "API_TOKEN",\n  "value": "{}"',
        'variable "db_password" {{\n  type = string\n  default = "{}"',
    ],
)
def test_a_value_below_its_name_is_found_on_its_own_line(frame: str) -> None:
    value = Maker(4).some(ALNUM, 20)
    text = frame.format(value)
    (hit,) = scan(text)
    assert (hit.rule, hit.issuer, hit.line, hit.shown) == (GENERIC, "", text.count("\n") + 1, value[:4])
    assert hit.column == text.split("\n")[-1].index(value) + 1
    assert scan(frame.format(f"a{value[:12]}.b{value[8:]}"))
    assert not scan(frame.format("change-me-please"))
    assert not scan(text.replace("PASSWORD", "PASSWORD_FILE").replace("TOKEN", "TOKEN_URL").replace("password", "password_length"))
    assert not scan_lines(((1, text.split("\n")[0]), (5, f"  value: {value}")), settings=True)


def test_in_binary_text_only_shapes_of_issuers_count() -> None:
    maker = Maker(3)
    assert scan(maker.github(), shapes_only=True)
    assert not scan(f"password={maker.some(ALNUM, 24)}", shapes_only=True)


def test_a_uuid_is_a_secret_only_beside_a_strong_name() -> None:
    uuid = Maker(1).uuid()
    assert scan(f'api_key = "{uuid}"')
    assert not scan(f'token = "{uuid}"')


def test_two_secrets_on_one_line_are_two_hits_and_one_is_never_told_twice() -> None:
    maker = Maker(2)
    assert len(scan(f'token="{maker.github()}" password="{maker.some(ALNUM, 24)}"')) == 2
    assert len(scan(f'api_key = "{maker.github()}"')) == 1


def test_what_people_type_to_fill_a_place_is_patterned_or_wordy() -> None:
    assert all(map(is_patterned, ["aaaaaaaa", "12345678", "abababababab", "a1b2c3d4e5f6", "aa", "zzzzyyyyxxxx", "abcd1234abcd1234"]))
    assert not is_patterned("q7Rt")
    assert is_wordy("this-is-only-an-explanation")
    assert is_wordy("the-1-and-2-for-3-ion-4-ing-5-ent-6-her-7")
    assert not is_wordy("ab")
    assert [is_wordy(text) for text in ("thereq", "therq", "there-XQ", "there-XQ-1-2-3-4")] == [True, False, False, True]
    assert [is_wordy(text) for text in ("there", "the", "therst-XQ", "decade-facade-beaded-added")] == [True, False, True, False]
    # The longer the text, the fewer of its pairs of letters have to be those of words: 6 of 8, not 8 of 12, 11 of 16, 13 of 20.
    assert [is_wordy(text) for text in ("therestqz", "thereststqzxk", "therestshereqzxkv", "therestsherestqzxkvqz")] == [
        True,
        False,
        True,
        True,
    ]
    assert [entropy(text) for text in ("", "aaaa", "aabb", "abcd", "abcdabcd")] == [0.0, 0.0, 1.0, 2.0, 2.0]
    assert decoded("!") == decoded("a") == decoded("/w==") == ""
    assert not any(is_random(text, quoted=True, uuids=True) for text in ("Winter2024!", "Kqxzv2024!", "2024_Kqxz"))
    assert not is_random("short1!", quoted=True, uuids=True)
    assert is_random("QzXvBnMkLpQwRtYzHgFdSa", quoted=True, uuids=True)


@pytest.mark.parametrize(
    ("text", "patterned"),
    [
        ("abba", True),
        ("abc", False),
        ("xq7!xq7!xq7!", True),
        ("q7!xkz4mq7!xkz4m", True),
        ("q7!xkz4wmq7!xkz4", False),
        ("qxaaxqqaxxaq", True),
        ("zyxwvuts", True),
        ("9876543210", True),
        ("aaxxggttbbmm", True),
        ("aaxxggttbbmmz", True),
        ("agxtaxgtxagtgaxt", False),
        ("agxtkqaxgtqkxagktqgaxtkqgaxkgtqxakgt", True),
        ("agxtkqmaxgtqkxmagktqgaxtkmqgaxkgtqxakgtmqx", False),
    ],
)
def test_few_characters_and_sequences_in_both_directions_are_patterned(text: str, patterned: bool) -> None:
    assert is_patterned(text) is patterned


@pytest.mark.parametrize(
    ("text", "random"),
    [
        ("aB3xaK9m", True),
        ("aB3xaK9x", False),
        ("QZ9!XKT4WB", True),
        ("aBcxzKqm", False),
        ("QZ9XKT4WXQ4ZTKW9", True),
        ("QZ9XKT4WXQ4ZTKWT", False),
        ("QZ9XKT4WBM2RP7NC", True),
        ("493-204.8813_5521-07", False),
        ("qzxvbnmklpwrtyhgfdcj", False),
        ("QzXvBnMkLpQwRtYzHgFd", True),
        ("QzXvBnMkLpQwRtYzHgF", False),
    ],
)
def test_what_is_random_is_told_by_its_length_its_characters_and_their_kinds(text: str, random: bool) -> None:
    assert is_random(text, quoted=True, uuids=True) is random


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(codec=None), max_size=200), max_size=20), st.booleans())
def test_no_text_makes_the_scan_raise(lines: list[str], plain: bool) -> None:
    scan_lines(tuple(enumerate(lines, 1)), settings=plain)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="pasword=:\"'.-_ske_{}[]<>$%AKIA/@\\n" + HEX, max_size=400))
def test_no_mixture_of_the_letters_of_rules_makes_the_scan_raise(text: str) -> None:
    assert all(hit.line == 1 and hit.column >= 1 and len(hit.shown) <= 4 for hit in scan_lines(((1, text),)))


def test_the_projects_own_text_holds_no_secret(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    files = [*root.glob("forgewatch/core/secret_*.py"), *root.glob("tests/support/*_cases.py"), *root.glob("tests/core/test_secret*.py")]
    assert len(files) >= 9
    hits = [(path.name, hit) for path in files for hit in scan(path.read_text(), settings=False)]
    assert not hits
