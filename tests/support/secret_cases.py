"""Lines with and without secrets. Every secret is made here, of random characters, when the test runs: none stands in the project."""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Callable

UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = UPPER.lower()
DIGITS = "0123456789"
HEX = "0123456789abcdef"
ALNUM = UPPER + LOWER + DIGITS
BASE64 = ALNUM + "+/"
URLSAFE = ALNUM + "-_"
MARKS = "!#%&*+-=?@^_~"


class Maker:
    """Makes values of one random stream."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def some(self, alphabet: str, count: int) -> str:
        """Return random characters; alphanumeric at both ends, with a digit when the alphabet has one and there is room."""
        ends = [char for char in alphabet if char.isalnum()] or list(alphabet)
        text = [self.random.choice(alphabet) for _ in range(count)]
        text[0], text[-1] = self.random.choice(ends), self.random.choice(ends)
        if count > 4 and set(DIGITS) <= set(alphabet):
            text[count // 2] = self.random.choice(DIGITS)
        return "".join(text)

    def uuid(self) -> str:
        """Return a UUID."""
        return "-".join(self.some(HEX, count) for count in (8, 4, 4, 4, 12))

    def jwt(self) -> str:
        """Return a signed web token."""
        head = {"alg": "HS256", "typ": "JWT"}
        body = {"sub": self.some(HEX, 12), "exp": self.random.randrange(10**9, 2 * 10**9), "scope": "admin"}
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body)]
        return ".".join([*parts, self.some(URLSAFE, 43)])

    def password(self) -> str:
        """Return a password of 14 characters of all kinds."""
        return self.some(ALNUM, 5) + self.random.choice(MARKS) + self.some(ALNUM, 7) + self.random.choice(MARKS)

    def key_block(self, kind: str = "RSA ") -> str:
        """Return a private key block."""
        body = "\n".join(self.some(BASE64, 64) for _ in range(6))
        return f"-----BEGIN {kind}PRIVATE" + f" KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"

    def github(self, prefix: str = "ghp_") -> str:
        """Return a token with its checksum."""
        body = self.some(ALNUM, 30)
        number, check = zlib.crc32(body.encode()), ""
        digits = DIGITS + UPPER + LOWER
        for _ in range(6):
            number, rest = divmod(number, 62)
            check = digits[rest] + check
        return prefix + body + check


SHAPES: dict[str, Callable[[Maker], str]] = {
    "github-personal-token": lambda m: m.github(),
    "github-oauth-token": lambda m: "gho_" + m.some(ALNUM, 36),
    "github-user-token": lambda m: m.github("ghu_"),
    "github-server-token": lambda m: m.github("ghs_"),
    "github-refresh-token": lambda m: "ghr_" + m.some(ALNUM, 36),
    "github-fine-grained-token": lambda m: f"github_pat_{m.some(ALNUM, 22)}_{m.some(ALNUM, 59)}",
    "gitlab-personal-token": lambda m: "glpat-" + m.some(URLSAFE, 20),
    "gitlab-trigger-token": lambda m: "glptt-" + m.some(HEX, 40),
    "gitlab-deploy-token": lambda m: "gldt-" + m.some(URLSAFE, 20),
    "gitlab-runner-token": lambda m: "glrt-" + m.some(URLSAFE, 20),
    "gitlab-runner-registration": lambda m: "GR13" + "48941" + m.some(URLSAFE, 20),
    "gitlab-build-token": lambda m: "glcbt-" + m.some(ALNUM, 24),
    "gitlab-feed-token": lambda m: "glft-" + m.some(ALNUM, 20),
    "gitlab-mail-token": lambda m: "glimt-" + m.some(ALNUM, 25),
    "gitlab-agent-token": lambda m: "glagent-" + m.some(ALNUM, 50),
    "gitlab-oauth-secret": lambda m: "gloas-" + m.some(HEX, 64),
    "gitlab-scim-token": lambda m: "glsoat-" + m.some(ALNUM, 20),
    "gitlab-flag-token": lambda m: "glffct-" + m.some(ALNUM, 20),
    "bitbucket-app-password": lambda m: "ATBB" + m.some(ALNUM, 24) + m.some("0123456789ABCDEF", 8),
    "atlassian-api-token": lambda m: "ATATT3" + m.some(ALNUM, 180),
    "npm-token": lambda m: "npm_" + m.some(ALNUM, 36),
    "pypi-token": lambda m: "pypi-" + "AgEIcHlwaS5vcmc" + m.some(URLSAFE, 120),
    "rubygems-token": lambda m: "rubygems_" + m.some(HEX, 48),
    "nuget-key": lambda m: "oy2" + m.some(LOWER + DIGITS, 43),
    "crates-token": lambda m: "cio" + m.some(ALNUM, 32),
    "clojars-token": lambda m: "CLOJARS_" + m.some(LOWER + DIGITS, 60),
    "docker-personal-token": lambda m: "dckr_pat_" + m.some(ALNUM, 27),
    "artifactory-key": lambda m: "AKCp" + m.some(ALNUM, 69),
    "circleci-token": lambda m: f"CCIPAT_{m.some(ALNUM, 22)}_{m.some(HEX, 40)}",
    "sonar-token": lambda m: "sqp_" + m.some(HEX, 40),
    "postman-key": lambda m: f"PMAK-{m.some(HEX, 24)}-{m.some(HEX, 34)}",
    "openai-legacy-key": lambda m: f"sk-{m.some(ALNUM, 20)}T3Blbk" + f"FJ{m.some(ALNUM, 20)}",
    "openai-project-key": lambda m: "sk-proj-" + m.some(URLSAFE, 120),
    "openrouter-key": lambda m: "sk-or-v1-" + m.some(HEX, 64),
    "anthropic-key": lambda m: f"sk-ant-api03-{m.some(URLSAFE, 93)}AA",
    "secret-key-by-prefix": lambda m: "sk-" + m.some(ALNUM, 48),
    "hugging-face-token": lambda m: "hf_" + m.some(UPPER + LOWER, 34),
    "replicate-token": lambda m: "r8_" + m.some(ALNUM, 37),
    "groq-key": lambda m: "gsk_" + m.some(ALNUM, 52),
    "perplexity-key": lambda m: "pplx-" + m.some(ALNUM, 48),
    "xai-key": lambda m: "xai-" + m.some(ALNUM, 80),
    "langsmith-key": lambda m: f"lsv2_pt_{m.some(HEX, 32)}_{m.some(HEX, 10)}",
    "pinecone-key": lambda m: "pcsk_" + m.some(ALNUM, 70),
    "elevenlabs-key": lambda m: "sk_" + m.some(HEX, 48),
    "nvidia-key": lambda m: "nvapi-" + m.some(URLSAFE, 64),
    "aws-access-key": lambda m: "AKIA" + m.some(UPPER + "234567", 16),
    "aws-temporary-key": lambda m: "ASIA" + m.some(UPPER + "234567", 16),
    "aws-secret-key": lambda m: "aws_secret_access_key = " + m.some(BASE64, 40),
    "google-api-key": lambda m: "AIza" + m.some(URLSAFE, 35),
    "google-oauth-secret": lambda m: "GOCSPX-" + m.some(URLSAFE, 28),
    "google-access-token": lambda m: "ya29." + m.some(URLSAFE, 80),
    "azure-storage-key": lambda m: f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={m.some(BASE64, 86)}==;",
    "azure-bus-key": lambda m: f"SharedAccessKeyName=root;SharedAccessKey={m.some(BASE64, 43)}=",
    "azure-client-secret": lambda m: f"{m.some(ALNUM, 3)}8Q~{m.some(ALNUM, 34)}",
    "digitalocean-token": lambda m: "dop_v1_" + m.some(HEX, 64),
    "alibaba-key": lambda m: "LTAI" + m.some(ALNUM, 20),
    "heroku-key": lambda m: "HRKU-" + m.uuid(),
    "netlify-token": lambda m: "nfp_" + m.some(ALNUM, 36),
    "render-key": lambda m: "rnd_" + m.some(ALNUM, 28),
    "tailscale-key": lambda m: f"tskey-auth-{m.some(ALNUM, 12)}-{m.some(ALNUM, 32)}",
    "supabase-token": lambda m: "sbp_" + m.some(HEX, 40),
    "planetscale-token": lambda m: "pscale_tkn_" + m.some(ALNUM, 43),
    "databricks-token": lambda m: "dapi" + m.some(HEX, 32),
    "terraform-cloud-token": lambda m: f"{m.some(ALNUM, 14)}.atlasv1.{m.some(ALNUM, 67)}",
    "vault-service-token": lambda m: "hvs." + m.some(URLSAFE, 90),
    "doppler-token": lambda m: "dp.pt." + m.some(ALNUM, 43),
    "pulumi-token": lambda m: "pul-" + m.some(HEX, 40),
    "age-secret-key": lambda m: "AGE-SECRET-KEY-1" + m.some("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "wireguard-key": lambda m: f"PrivateKey = {m.some(BASE64, 43)}=",
    "new-relic-user-key": lambda m: "NRAK-" + m.some(UPPER + DIGITS, 27),
    "sentry-user-token": lambda m: "sntryu_" + m.some(HEX, 64),
    "grafana-service-token": lambda m: f"glsa_{m.some(ALNUM, 32)}_{m.some(HEX, 8)}",
    "dynatrace-token": lambda m: f"dt0c01.{m.some(UPPER + '234567', 24)}.{m.some(UPPER + '234567', 64)}",
    "stripe-live-key": lambda m: "sk_" + "live_" + m.some(ALNUM, 24),
    "stripe-test-key": lambda m: "sk_" + "test_" + m.some(ALNUM, 99),
    "stripe-restricted-key": lambda m: "rk_" + "live_" + m.some(ALNUM, 24),
    "stripe-webhook-secret": lambda m: "whsec_" + m.some(ALNUM, 32),
    "square-secret": lambda m: "sq0csp-" + m.some(URLSAFE, 43),
    "shopify-access-token": lambda m: "shpat_" + m.some(HEX, 32),
    "sendgrid-key": lambda m: f"SG.{m.some(URLSAFE, 22)}.{m.some(URLSAFE, 43)}",
    "mailgun-key": lambda m: "key-" + m.some(HEX, 32),
    "mailchimp-key": lambda m: m.some(HEX, 32) + "-us14",
    "resend-key": lambda m: f"re_{m.some(ALNUM, 8)}_{m.some(ALNUM, 24)}",
    "brevo-key": lambda m: f"xkeysib-{m.some(HEX, 64)}-{m.some(ALNUM, 16)}",
    "twilio-key": lambda m: "SK" + m.some(HEX, 32),
    "telegram-bot-token": lambda m: f"{m.some('123456789', 10)}:AA{m.some(URLSAFE, 33)}",
    "discord-bot-token": lambda m: f"M{m.some(ALNUM, 25)}.{m.some(ALNUM, 6)}.{m.some(URLSAFE, 38)}",
    "slack-bot-token": lambda m: f"xoxb-{m.some(DIGITS, 12)}-{m.some(DIGITS, 13)}-{m.some(ALNUM, 24)}",
    "slack-user-token": lambda m: f"xoxp-{m.some(DIGITS, 11)}-{m.some(DIGITS, 11)}-{m.some(HEX, 32)}",
    "slack-webhook": lambda m: (
        f"https://hooks.slack.com/services/T{m.some(UPPER + DIGITS, 8)}/B{m.some(UPPER + DIGITS, 10)}/{m.some(ALNUM, 24)}"
    ),
    "linear-key": lambda m: "lin_api_" + m.some(ALNUM, 40),
    "notion-secret": lambda m: "secret_" + m.some(ALNUM, 43),
    "airtable-token": lambda m: f"pat{m.some(ALNUM, 14)}.{m.some(HEX, 64)}",
    "figma-token": lambda m: "figd_" + m.some(URLSAFE, 40),
    "hubspot-token": lambda m: "pat-na1-" + m.uuid(),
    "json-web-token": lambda m: m.jwt(),
    "address-with-password": lambda m: f"postgresql://app:{m.some(ALNUM, 16)}@db.internal.acme.io:5432/app",
    "private-key": lambda m: m.key_block(),
}
"""A maker of one valid-looking value for the rules that are likeliest in a repository."""

FRAMES = (
    'TOKEN = "{}"',
    "    api_key: {}",
    "export SERVICE_CREDENTIAL={}",
    'client = Client(auth="{}", retries=3)',
    '{{"value": "{}"}}',
    "Use `{}` to log in.",
    "- {}",
    "curl -H 'X-Auth: {}' https://api.acme.io/v1/items",
)
"""Lines in which a value may stand."""

ASSIGNMENTS: tuple[tuple[str, Callable[[Maker], str]], ...] = (
    ('password = "{}"', Maker.password),
    ("DB_PASSWORD={}", lambda m: m.some(ALNUM, 20)),
    ("    SECRET_KEY = '{}'", lambda m: m.some(ALNUM + "-_!%", 50)),
    ('  "apiKey": "{}",', lambda m: m.some(HEX, 32)),
    ('const apiSecret = "{}";', lambda m: m.some(ALNUM, 40)),
    ("  client_secret: {}", lambda m: m.some(URLSAFE, 40)),
    ('String password = "{}";', Maker.password),
    ('  Password: "{}",', Maker.password),
    ("<password>{}</password>", Maker.password),
    ('<add key="ApiSecret" value="{}" />', lambda m: m.some(ALNUM, 32)),
    ("Authorization: Bearer {}", lambda m: m.some(ALNUM, 40)),
    ('headers = {{"X-Api-Key": "{}"}}', lambda m: m.some(ALNUM, 32)),
    ('os.environ["ACCESS_TOKEN"] = "{}"', lambda m: m.some(ALNUM, 36)),
    ('os.getenv("JWT_SECRET", "{}")', lambda m: m.some(ALNUM, 32)),
    ("process.env.AUTH_TOKEN = '{}'", lambda m: m.some(ALNUM, 28)),
    ("'password' => '{}',", Maker.password),
    ("define('DB_PASSWORD', '{}');", Maker.password),
    ("Server=db;User Id=sa;Password={};Encrypt=true", lambda m: m.some(ALNUM, 18)),
    ("mysql -u root --password={} app", lambda m: m.some(ALNUM, 18)),
    ("tool login --token {}", lambda m: m.some(ALNUM, 40)),
    ('token := "{}"', lambda m: m.some(HEX, 40)),
    ("API_KEY: str = '{}'", lambda m: m.some(ALNUM, 32)),
    ('const authToken: string = "{}";', lambda m: m.some(ALNUM, 32)),
    ('variable "db_password" {{ default = "{}" }}', Maker.password),
    ("spring.datasource.password={}", lambda m: m.some(ALNUM, 16)),
    ('SecretStr("{}")  # secret', lambda m: m.some(ALNUM, 24)),
    ("ALTER USER app WITH PASSWORD '{}';", Maker.password),
    ('if token == "{}":', lambda m: m.some(ALNUM, 32)),
    ("encryption_key = b'{}'", lambda m: m.some(ALNUM, 44)),
    ("signingKey: {}", lambda m: m.some(BASE64, 44)),
)
"""Assignments in many languages: (line with a place for the value, maker of the value)."""


def positives(seed: int = 1) -> list[tuple[str, str]]:
    """Return (what it is, text) of secrets: every shape in two frames, every assignment three times."""
    maker = Maker(seed)
    cases = []
    for index, (name, make) in enumerate(SHAPES.items()):
        for turn in range(2):
            frame = FRAMES[(index * 3 + turn * 5) % len(FRAMES)]
            value = make(maker)
            cases.append((name, value if "\n" in value or " " in value else frame.format(value)))
    for frame, make in ASSIGNMENTS:
        cases.extend((frame, frame.format(make(maker))) for _ in range(3))
    return cases
