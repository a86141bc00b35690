"""The secret scan: measured on made positives and honest negatives, and what no text can do to it."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forgewatch.core.secret_proofs import base62, checksum_holds
from forgewatch.core.secret_rules import RULES
from forgewatch.core.secret_scan import GENERIC, SecretHit, scan_lines
from forgewatch.core.secret_values import digest16, entropy, is_patterned, is_random, is_wordy
from forgewatch.core.secret_windows import LONGEST_BLOCK, OVERLAP, WINDOW
from tests.support.noise_cases import NOISE, noise
from tests.support.plain_cases import negatives
from tests.support.secret_cases import ALNUM, BASE64, HEX, SHAPES, Maker, positives


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


def test_the_value_is_in_no_field_of_a_hit() -> None:
    value = Maker(3).github()
    (hit,) = scan(f'token = "{value}"')
    assert (hit.rule, hit.line, hit.column, hit.shown) == ("github-personal-token", 1, 10, value[:4])
    assert hit.digest == digest16(value)
    assert value[4:] not in repr(hit)


def test_the_column_counts_characters() -> None:
    (hit,) = scan("é: " + Maker(3).github())
    assert hit.column == 4


def test_a_checksum_that_holds_settles_it_and_one_that_does_not_asks_for_entropy() -> None:
    good = Maker(5).github()
    assert checksum_holds(good, "ghp_")
    assert not checksum_holds(good[:-1] + ("a" if good[-1] != "a" else "b"), "ghp_")
    assert base62(61) == "00000z"
    assert scan("ghp_" + Maker(6).some(ALNUM, 36))
    assert not scan("ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789")


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
    assert not scan(f"{header}\n{'A' * 64}")
    assert rules(f"{header}\nProc-Type: 4,ENCRYPTED\n\n{maker.some(BASE64, 64)}") == ["private-key"]
    assert rules(f'"private_key": "{header}\\n{maker.some(BASE64, 64)}\\n"') == ["private-key"]
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
    sample = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"x"}').decode().rstrip("=")
    assert not scan(f"{head}.{sample}.{signature}")
    assert not scan(f"ey{'J' * 20}.{sample}.{signature}")
    assert not scan(f"{head}.{base64.urlsafe_b64encode(b'[1,2,3,4,5,6]').decode().rstrip('=')}.{signature}")
    assert not scan(f"{head}.ey{'A' * 20}.{signature}")


def test_an_address_counts_only_with_a_password_that_is_none_of_the_usual_ones() -> None:
    strong, weak = Maker(2).some(ALNUM, 16), "zq8" + "vw1"
    assert rules(f"redis://:{strong}@localhost:6379") == ["address-with-password"]
    assert rules(f"postgres://app:{weak}@db.acme.io/app") == ["address-with-password"]
    for login in ("app:app", "app:password", "app:zq8v", "app:aaaaaaaa", "app:$PASSWORD", "app:{password}", "app:example"):
        assert not scan(f"postgres://{login}@db.acme.io/app"), login
    assert not scan(f"postgres://app:{weak}@localhost/app")
    assert not scan(f"postgres://app:{weak}@db.example.com/app")


def test_a_basic_login_counts_only_with_a_real_password() -> None:
    def header(login: bytes) -> str:
        return f"Authorization: Basic {base64.b64encode(login).decode()}"

    assert rules(header(f"deploy:{Maker(9).some(ALNUM, 16)}".encode())) == ["basic-authorization"]
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
    assert not scan("http://&a:foo(b%5Dc@d:2/")


def test_a_real_password_in_the_same_kinds_of_address_is_found() -> None:
    maker = Maker(12)
    value, marked = maker.some(ALNUM, 16), quote(maker.password(), safe="")
    for login in (
        f"app:{marked}",
        f"app:{marked.replace('%', '%%')}",
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
    for line in ('assert tc.auth_password("non-utf8", "\\xff") == []', f'check_token( "{short}" , 3)', f"set_password('{short}',"):
        assert not scan(line, settings=False), line
    found = [f'SecretStr("{short}")', f'set_password("{short}")', f'auth_password("{long}", 3)', f'password="{short}", retries=3']
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


def test_a_known_example_of_an_issuer_is_no_secret() -> None:
    assert not scan("Authorization: Basic " + "czZCaGRSa3F0MzpnWDFm" + "QmF0M2JW")
    assert not scan("AKIA" + "IOSFODNN7" + "EXAMPLE")
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
        "- name: DB_PASSWORD\n  value: {}",
        '  "name": "API_TOKEN",\n  "value": "{}"',
        'variable "db_password" {{\n  type = string\n  default = "{}"',
    ],
)
def test_a_value_below_its_name_is_found_on_its_own_line(frame: str) -> None:
    value = Maker(4).some(ALNUM, 20)
    text = frame.format(value)
    (hit,) = scan(text)
    assert (hit.rule, hit.line, hit.shown) == (GENERIC, text.count("\n") + 1, value[:4])
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
    assert not is_wordy("ab")
    assert entropy("") == 0.0
    assert not is_random("Winter2024!", quoted=True, uuids=True)
    assert not is_random("short1!", quoted=True, uuids=True)
    assert is_random("QzXvBnMkLpQwRtYzHgFdSa", quoted=True, uuids=True)


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
