"""Lines of honest repositories that hold no secret, in the shapes that scanners are often wrong about. Grouped by what they are."""

from __future__ import annotations

SETTINGS = """
password = os.environ["DB_PASSWORD"]
password: str
password: str = ""
password: Optional[str] = None
token = request.headers["x-token"]
token = request.headers.get("Authorization")
token = get_token(user_id=42, refresh=True)
token = await self._tokens.issue(user)
secret = secrets.token_hex(32)
secret = hashlib.sha256(b"seed").hexdigest()
api_key = settings.openai_api_key
api_key=config.api_key,
apiKey: process.env.API_KEY,
const token = localStorage.getItem("token");
const token = useSelector(selectToken);
const { token, user } = await login(email, password);
headers = {"Authorization": f"Bearer {token}"}
headers: { Authorization: `Bearer ${token}` }
Authorization: Bearer <token>
Authorization: Bearer $TOKEN
Authorization: Bearer YOUR_API_TOKEN_HERE
curl -H "Authorization: Bearer $ACCESS_TOKEN" https://api.acme.io
curl -u user:password https://example.com/
curl -u "$USER:$PASSWORD" https://acme.io
DB_PASSWORD=changeme
DB_PASSWORD=${DB_PASSWORD}
DB_PASSWORD=
DB_PASSWORD=password
DB_PASSWORD=your-password-here
DB_PASSWORD=<your password>
SECRET_KEY=change-me-in-production
SECRET_KEY=replace_with_a_long_random_string
SECRET_KEY: ${{ secrets.SECRET_KEY }}
API_KEY=xxxxxxxxxxxxxxxxxxxxxxxx
API_KEY=your_api_key_here
API_KEY="INSERT-YOUR-KEY"
OPENAI_API_KEY=sk-...
OPENAI_API_KEY=sk-your-key-here
OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
GITHUB_TOKEN=ghp_your_token_goes_here
AWS_ACCESS_KEY_ID=AKIAXXXXXXXXXXXXXXXX
AWS_SECRET_ACCESS_KEY=your-secret-access-key
STRIPE_SECRET_KEY=sk_test_your_key
STRIPE_SECRET_KEY=sk_live_...
DATABASE_URL=postgres://user:password@localhost:5432/app
DATABASE_URL=postgresql://postgres:postgres@db:5432/postgres
DATABASE_URL=postgresql+asyncpg://${DB_USER}:${DB_PASSWORD}@${DB_HOST}/app
DATABASE_URL=mysql://root:root@127.0.0.1/test
DATABASE_URL=postgres://USER:PASSWORD@HOST:PORT/NAME
REDIS_URL=redis://:password@redis:6379/0
REDIS_URL=redis://localhost:6379
AMQP_URL=amqp://guest:guest@rabbitmq:5672/
MONGO_URI=mongodb+srv://<user>:<password>@cluster0.mongodb.net/test
url = f"https://{user}:{password}@{host}/"
remote = "https://x-access-token:${TOKEN}@github.com/acme/app.git"
password_hash = "$2b$12$KIXQ4Q9XxZ3b1nU0h1v0ZuQ6m8k9pJrWv3yYk8l2TqYd7xv6M9bnW"
hashed_password: $argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub
password_field = "user_password_field"
password_min_length = 12
PASSWORD_RESET_TIMEOUT = 259200
PASSWORD_RESET_URL = "/accounts/password/reset/"
token_url = "https://auth.acme.io/oauth2/v1/token"
tokenUrl: https://login.microsoftonline.com/common/oauth2/v2.0/token
token_type = "bearer"
token_endpoint: "/oauth/token"
max_tokens: 4096
max_tokens=2048,
next_token = response["NextToken"]
tokenizer = AutoTokenizer.from_pretrained("bert-base-uncased")
tokens = text.split()
num_tokens_from_messages(messages, model="gpt-3.5-turbo-0613")
secret_name = "prod/payments/database"
secretName: tls-acme-io-2024
secretKeyRef:
  name: database-credentials-v2
    key: postgres-password-v2
secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf"
key_id = "8f14e45fceea167a5a36dedd4bea2543"
public_key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7z1n9w"
public_token = "pub_1a2b3c4d5e6f7a8b9c0d"
csrf_token = "{{ csrf_token }}"
<input type="password" name="password" placeholder="Password">
<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="password">Password</label>
<password>${db.password}</password>
"password": "Passwort",
"password": "Mot de passe",
"password.reset": "Reset your password",
"forgotPassword": "Forgot password?",
"invalidToken": "auth.errors.invalidToken",
"token_expired": "Your session has expired, please log in again",
"api_key": "string",
"api_key": {"type": "string", "minLength": 32},
"password": {"type": "string", "format": "password"},
"type": "apiKey", "in": "header", "name": "X-API-Key"
--token-color: #a1b2c3d4;
.token.keyword { color: #8959a8; }
.token-string{color:#718c00}
.sk-spinner-double-bounce { animation: sk-bounce 2.0s infinite; }
.sk-folding-cube .sk-cube2:before { transform: rotateZ(90deg); }
<div id="sk-container-id-1" class="sk-top-container">
if password == "":
if token is None:
if not secret: raise ValueError("secret is required")
assert token != other_token
raise AuthError("invalid token: expected 3 parts, found 2")
logger.info("token refreshed for user %s", user_id)
print(f"token={token}")
echo "password=$password"
read -s -p "Password: " PASSWORD
--password-file /run/secrets/db_password
--token "$(cat /run/secrets/token)"
--api-key ${API_KEY}
docker login -u "$USER" --password-stdin
mysql -u root -p"$MYSQL_ROOT_PASSWORD" app
password_file: /run/secrets/postgres_password
POSTGRES_PASSWORD_FILE=/run/secrets/db-password-2024
passwd: files systemd
CREATE TABLE users (id uuid, password varchar(255), token text);
INSERT INTO users (name, password) VALUES (?, ?);
SELECT token FROM sessions WHERE expires_at > now();
ALTER TABLE users ADD COLUMN api_key varchar(64) NOT NULL DEFAULT '';
def test_password_reset_token_expires_after_24_hours():
class TokenObtainPairSerializer2(serializers.Serializer):
from rest_framework_simplejwt.tokens import RefreshToken
import { getToken } from "next-auth/jwt";
password: test1234
password = "test"
password = "secret"
password = "hunter2"
password="Password123!"
password = "SuperSecret123!"
token = "test-token-123"
token = "fake-token-for-tests"
token = "invalid.token.here"
token = "abcdefghijklmnopqrstuvwxyz"
token = "12345678901234567890"
token = "aaaaaaaaaaaaaaaaaaaaaaaa"
token = "0123456789abcdef0123456789abcdef"
token = "deadbeefdeadbeefdeadbeefdeadbeef"
token = "1234567890abcdef1234567890abcdef"
api_key = "dummy-api-key-for-unit-tests"
api_key = "my-api-key"
api_key="test_key_not_real"
secret = "not-a-secret"
secret = "foo"
client_secret: "CLIENT_SECRET"
client_secret = var.client_secret
client_secret = data.vault_generic_secret.app.data["client_secret"]
private_key = file("~/.ssh/id_rsa")
private_key_path = "/etc/ssl/private/server.key"
ssl_certificate_key /etc/nginx/certs/acme.key;
-----BEGIN CERTIFICATE-----
-----BEGIN PUBLIC KEY-----
if "-----BEGIN PRIVATE KEY-----" in text:
PEM_HEADER = "-----BEGIN RSA PRIVATE KEY-----"
-----BEGIN PRIVATE KEY----- ... -----END PRIVATE KEY-----
private_key: "-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----\\n"
re.compile(r"AKIA[0-9A-Z]{16}")
re.compile(r"ghp_[A-Za-z0-9]{36}")
pattern: "(?i)(password|secret|token|api_key)\\s*=\\s*['\\"][^'\\"]{8,}"
patterns = ["sk-", "AKIA", "-----BEGIN", "password=", "secret=", "token="]
| `token` | string | The access token of the user |
| `API_KEY` | yes | none | Key of the weather service |
The token starts with `ghp_` and has 40 characters.
Set the `password=` parameter to your password.
See https://docs.acme.io/authentication#api-key-rotation-2024 for the api key rotation.
TODO: rotate secret key before release 2.0
key: ui.settings.password.placeholder
passphrase: ""
credentials: "include",
credentials: 'same-origin',
withCredentials: true,
"credentialsProvider": "com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
GoogleCredentials.fromStream(new FileInputStream("service-account.json"))
SecretStr = Annotated[str, Field(min_length=8)]
secret: SecretStr
jwt_secret: str = Field(..., env="JWT_SECRET")
JWT_ALGORITHM = "HS256"
secret_version = "projects/acme/secrets/api-key/versions/3"
vault_token = vault.read("secret/data/app")
token = op://vault/item/field2024
password: !vault |
password: ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ==,type:str]
sshKey: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7vbqajDhA
"""

LOCKS = """
"integrity": "sha512-OWD0yW3Qpo7Wd8CYPMSxJ1wWgJBC0rVJNqc2VGHaS1zn5MyTdUyQ3Ay9zVYdzNyX1QjJ7rPtE3zK4hQ0Vw8b9g==",
"resolved": "https://registry.acme.io/js-tokens/-/js-tokens-4.0.0.tgz#19203fb59991df98e3a287050d4647cdeaf32499",
"node_modules/js-tokens": {"version": "4.0.0"},
"node_modules/@aws-sdk/token-providers": {
"node_modules/has-symbols": {"version": "1.0.3", "license": "MIT"},
js-tokens@^4.0.0: version "4.0.0" resolved "https://registry.acme.io/js-tokens-4.0.0.tgz#19203fb59991df98e3a287050d4647cdeaf32499"
    --hash=sha256:8c6ae8f5c1c0d3a6e2d7d0c2a1b4f5e6d7c8b9a0f1e2d3c4b5a69788f0e1d2c3
requests==2.31.0 --hash=sha256:58cd2187c01e70e6e26505bca751777aa9f2ee0b7f4300988b709f44e013003f
{file = "cryptography-42.0.5-cp37-abi3.whl", hash = "sha256:a30596bae9403a342c978fb47d9b0ee277699fa53bbafad14706af51fe543d16"},
content-hash = "4f2d7a9c1e6b8d3f5a0c7e9b2d4f6a8c1e3b5d7f9a2c4e6b8d0f1a3c5e7b9d2f"
checksum = "aed3c5ca8f5d5c9f8b0a3c1fbb1e4d4e8f4a3d1f2b3c4d5e6f708192a3b4c5d6"
github.com/golang-jwt/jwt/v5 v5.2.0 h1:d/ix8ftRUorsN+5eMIlF4T6J8CAt9rch3My2winC1Jw=
github.com/zalando/go-keyring v0.2.3/go.mod h1:HL4k+OXQfJUWaMnqyuSOc0drfGPX2b51Du6K+MRgZMk=
golang.org/x/oauth2 v0.16.0 h1:aDkGMBSYxElaoP81NpoUoz2oo2R2wHdZpGToUfxyhxU=
cloud.google.com/go/secretmanager v1.11.4 h1:krnX9qpG2kR2fJ+u+uNyNo+ACVhplIAS4Pu7u+4gd+k=
k8s.io/kms v0.29.0/go.mod h1:mB0f9HLxRXeXUfHfn1A7rpwOlzXI1gIWu86z6buNoYA=
"h1:Bs7LAkV/iQTLv72j+cTMrvx2U3KyXrcVHaGbdns1NcE=",
"zh:08e6b5f8c8ae7d8b1b2ce7e7dbdd7ea3b3b8a4a3c4b1c2b0a9b8c7d6e5f4a3b2",
"dist": {"shasum": "c6f9bd3d3e7e5c0b8a9d6f4e3c2b1a0f9e8d7c6b"},
"reference": "5a96c1c5f3a8b8f2d6d1b3c8e7f4a9b2c3d4e5f6",
sha256 "a8c4f0f9ffbe3bba8f2ff2e79c1b39f0ce4f0cfdd2f0e5f3b8a0e9c1d5b7f3a2"
image: ghcr.io/acme/app@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
FROM python:3.12-slim@sha256:fcde2ba24bf2e8ba424b68c19a5bae1e9f3f4e8e1f3a2b1c0d9e8f7a6b5c4d3e
uses: actions/checkout@b4ffde65f46336ab88eb53be808477a3936bae11
rev: 9d5c1ff7bb4f4c4b5a1b8ab4b6c9c4c8f0d8e7a6
commit 3f786850e387550fdab836ed7e6dc881de23001b
index 83db48f..bf269f4 100644
HEAD: 7c4a8d09ca3762af61e59520943dc26494f8941b
Tree: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
id: 7d444840-9dc0-11d1-b245-5ffdce74fad2
uuid = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
request_id=5f3b1c9e-8d2a-4e7f-b6c1-0a9d8e7f6b5c status=200
correlationId: "c9bf9e57-1685-4c89-bafb-ff5af830be8a"
"trackingId": "UA-12345678-1"
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==
src: url(data:font/woff2;base64,d09GMgABAAAAAAVMABAAAAAACwgAAATvAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA)
//# sourceMappingURL=main.3f9a1c2b.js.map
!function(e,t){"object"==typeof exports?module.exports=t():e.token=t()}(this,(function(){return 42}));
var a={password:function(e){return/^.{8,}$/.test(e)},token:null};
<script src="https://cdn.acme.io/app.js" integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC">
GUID("3F2504E0-4F89-11D3-9A0C-0305E82C3301")
AssemblyKey = 31bf3856ad364e35
PublicKeyToken=b77a5c561934e089
"PublicKeyToken=31bf3856ad364e35"
sortKey = "2024-01-15T10:30:00.000Z#order#10293"
cache_key = f"user:{user_id}:tokens"
primary_key = True
foreign_key = "users.id"
partition_key="tenant-1042-region-eu-west-1"
row_key = "invoice-2024-000123"
redis_key = "session:user:10293:profile"
keyboard_key = "ctrl+shift+p"
translation_key: "settings.security.twoFactor.title2"
idempotency_key = str(uuid4())
0x1f4b6c8d9e0a2b3c4d5e6f708192a3b4c5d6e7f8
contract = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2
3 passed, 2 skipped in 0.42s
"""

CODE = """
def authenticate(username: str, password: str) -> Token:
    return Token(access_token=create_access_token(user), token_type="bearer")
self.token = token
self._password = password
user.password = make_password(raw_password)
this.token = token;
this.apiKey = options.apiKey ?? "";
return jwt.encode(payload, SECRET_KEY, algorithm=ALGORITHM)
payload = jwt.decode(token, key, algorithms=["HS256"])
options.TokenValidationParameters = new TokenValidationParameters
services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
builder.Configuration["Jwt:Key"]
string password = Configuration["Db:Password"];
String token = request.getHeader("Authorization").substring(7);
private final String password;
val token = prefs.getString("token", null)
@Value("${spring.datasource.password}")
spring.datasource.password=${DB_PASSWORD:}
password := os.Getenv("DB_PASSWORD")
token, err := jwt.Parse(tokenString, keyFunc)
if err := bcrypt.CompareHashAndPassword(hash, []byte(password)); err != nil {
let token = env::var("API_TOKEN")?;
pub struct Credentials { pub username: String, pub password: String }
$password = $_POST['password'];
$token = bin2hex(random_bytes(32));
'password' => env('DB_PASSWORD', ''),
'password' => Hash::make($request->password),
has_secure_password
params.require(:user).permit(:email, :password, :password_confirmation)
config.secret_key_base = ENV["SECRET_KEY_BASE"]
SECRET_KEY = get_random_secret_key()
SECRET_KEY = env("DJANGO_SECRET_KEY", default="django-insecure-change-me")
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]}
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/token")
api_key_header = APIKeyHeader(name="X-API-Key", auto_error=False)
@pytest.fixture
def token(client): return client.post("/login", json={"username": "a", "password": "b"}).json()["token"]
client.post("/login", data={"username": "alice", "password": "wonderland"})
assert response.json() == {"detail": "Invalid token"}
monkeypatch.setenv("API_KEY", "test-key")
mock_token = "mock-access-token-value"
expected_token = f"{header}.{payload}.{signature}"
const [password, setPassword] = useState("");
<PasswordInput value={password} onChange={(e) => setPassword(e.target.value)} />
export const selectToken = (state: RootState) => state.auth.token;
type Props = { token: string; onTokenChange: (token: string) => void };
interface LoginResponse { accessToken: string; refreshToken: string; expiresIn: number }
z.object({ password: z.string().min(8), token: z.string().uuid() })
password: Joi.string().pattern(new RegExp("^[a-zA-Z0-9]{3,30}$")),
password: yup.string().required("Password is required"),
axios.defaults.headers.common["Authorization"] = `Bearer ${token}`;
Cookies.set("token", response.data.token, { expires: 7 });
const tokenRegex = /^[A-Za-z0-9-_]+\\.[A-Za-z0-9-_]+\\.[A-Za-z0-9-_]*$/;
TOKEN_PATTERN = re.compile(r"(?P<NAME>[a-zA-Z_][a-zA-Z0-9_]*)")
const TOKEN_KEY = "acme.auth.token.v2";
const STORAGE_KEY = "acme-dashboard-settings-v12";
SESSION_COOKIE_NAME = "acme_session_2024"
tokens = [Token("NUMBER", r"[0-9]+"), Token("ID", r"[a-z]+")]
class Token(NamedTuple): kind: str; value: str; line: int
next_page_token: "CAUQAA"
pageToken=CDIQAA&maxResults=50
token_count += len(encoding.encode(text))
model="text-embedding-3-small", max_tokens=8191
rates = get_token_rates("claude-haiku-4-5-20251001")
KEY = "abc"
API_KEY_HEADER = "X-Api-Key"
api_key_prefix = "ak_"
apikey: ""
apikey=None
password=None, token=None, secret=None
password = password or getpass.getpass()
password = getpass("Password for admin@acme.io: ")
password=args.password
password = input("password: ")
token = sys.argv[1]
token = open("token.txt").read().strip()
token = Path("~/.acme/token").expanduser().read_text()
secret = load_secret("acme/prod/db-password-2024-01")
aws_secret_access_key=os.getenv("AWS_SECRET_ACCESS_KEY")
aws_secret_access_key = AWS_SECRET_ACCESS_KEY
access_key = boto3.Session().get_credentials().access_key
StorageSharedKeyCredential(accountName, accountKey)
new SymmetricSecurityKey(Encoding.UTF8.GetBytes(config["Jwt:Key"]))
PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
password_validators = [LengthValidator(12), EntropyValidator(60)]
TokenBucket(rate=100, capacity=1000)
secret_santa = random.choice(participants2024)
secretary_name = "Frau Schmidt-2"
tokenAddress = "0x6B175474E89094C44Da98b954EedeAC495271d0F"
keyframes = { token: { from: 0, to: 1 } }
"""


def negatives() -> list[str]:
    """Return every line, with its indentation."""
    return [line for block in (SETTINGS, LOCKS, CODE) for line in block.splitlines() if line.strip()]
