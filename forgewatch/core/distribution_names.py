"""Facts: the import name of general, web, cloud and database packages whose distribution has another name.

A row is `import=distribution|other distribution`. Import names as written in source, distributions by PEP 503. Only names that
differ after normalisation, or that several distributions offer, stand here; everything else is identity.
"""

from __future__ import annotations

GENERAL = """
yaml=pyyaml  _yaml=pyyaml  PIL=pillow|pillow-simd  bs4=beautifulsoup4  dotenv=python-dotenv  jwt=pyjwt  jose=python-jose|jose
dateutil=python-dateutil  git=gitpython  OpenSSL=pyopenssl  Crypto=pycryptodome|pycrypto  Cryptodome=pycryptodomex  attr=attrs
cattr=cattrs  serial=pyserial  usb=pyusb  magic=python-magic|python-magic-bin|file-magic  docx=python-docx  pptx=python-pptx
fitz=pymupdf  multipart=python-multipart|multipart  pkg_resources=setuptools  _distutils_hack=setuptools  distutils=setuptools
nacl=pynacl  slugify=python-slugify|unicode-slugify|awesome-slugify  ldap=python-ldap  memcache=python-memcached
Levenshtein=levenshtein|python-levenshtein  telegram=python-telegram-bot  telebot=pytelegrambotapi  github=pygithub
discord=discord-py|py-cord|discord  gitlab=python-gitlab  jenkins=python-jenkins  consul=python-consul|py-consul|python-consul2
etcd=python-etcd  nmap=python-nmap  socketio=python-socketio  engineio=python-engineio  snappy=python-snappy
pythonjsonlogger=python-json-logger  barcode=python-barcode  pam=python-pam  crontab=python-crontab|crontab  daemon=python-daemon
decouple=python-decouple  gnupg=python-gnupg  keycloak=python-keycloak  openid=python3-openid  saml2=pysaml2  onelogin=python3-saml
vlc=python-vlc  mpd=python-mpd2  miio=python-miio  arango=python-arango  bidi=python-bidi  can=python-can
constraint=python-constraint|python-constraint2  chess=chess|python-chess  frontmatter=python-frontmatter  ffmpeg=ffmpeg-python
box=python-box  benedict=python-benedict  stdnum=python-stdnum  rapidjson=python-rapidjson  prctl=python-prctl  pkcs11=python-pkcs11
ulid=python-ulid|ulid-py  lzo=python-lzo  markdown_it=markdown-it-py  zmq=pyzmq  Xlib=python-xlib  gi=pygobject  wx=wxpython
editor=python-editor  hosts=python-hosts  iso639=python-iso639|iso-639|iso639-lang  ipware=python-ipware|django-ipware
mailmerge=docx-mailmerge|docx-mailmerge2  odf=odfpy  pdfminer=pdfminer-six|pdfminer  camelot=camelot-py  tabula=tabula-py  cairo=pycairo
pyximport=cython  past=future  libfuturize=future  libpasteurize=future  _pytest=pytest  py=py|pytest  factory=factory-boy  vcr=vcrpy
robot=robotframework  SeleniumLibrary=robotframework-seleniumlibrary  appium=appium-python-client  seleniumwire=selenium-wire
scrapyd_api=python-scrapyd-api  re2=google-re2|pyre2|fb-re2  lark=lark|lark-parser  validate=configobj  antlr4=antlr4-python3-runtime
dns=dnspython  whois=python-whois|whois  hid=hidapi|hid  bluetooth=pybluez  visa=pyvisa  msgpack=msgpack|msgpack-python  jks=pyjks
_cffi_backend=cffi  clang=libclang|clang  cchardet=cchardet|faust-cchardet  pydispatch=pydispatcher
py_mini_racer=py-mini-racer|mini-racer  execjs=pyexecjs  clr=pythonnet  jpype=jpype1  matlab=matlabengine  socks=pysocks
sockshandler=pysocks  tlslite=tlslite-ng  geventwebsocket=gevent-websocket  pypandoc=pypandoc|pypandoc-binary
readability=readability-lxml  newspaper=newspaper3k|newspaper4k  solcx=py-solc-x  winrm=pywinrm  smb=pysmb  nmb=pysmb
smbclient=smbprotocol|pysmbclient  webdav3=webdavclient3  owncloud=pyocclient  mega=mega-py  patoolib=patool  dicom=pydicom
pyVim=pyvmomi  OpenGL=pyopengl  sdl2=pysdl2  stl=numpy-stl  vtkmodules=vtk  dbus=dbus-python  apt=python-apt  apt_pkg=python-apt
systemd=systemd-python  cups=pycups  alsaaudio=pyalsaaudio  parted=pyparted  augeas=python-augeas  libvirt=libvirt-python
pcap=pypcap|pcap-ct  iptc=python-iptables  fuse=fusepy|fuse-python  objc=pyobjc-core|pyobjc  AppKit=pyobjc-framework-cocoa|pyobjc
Foundation=pyobjc-framework-cocoa|pyobjc  CoreFoundation=pyobjc-framework-cocoa|pyobjc  Quartz=pyobjc-framework-quartz|pyobjc
RPi=rpi-gpio  smbus=smbus|smbus-cffi  board=adafruit-blinka  busio=adafruit-blinka  digitalio=adafruit-blinka
microcontroller=adafruit-blinka  adafruit_dht=adafruit-circuitpython-dht  neopixel=adafruit-circuitpython-neopixel  usb1=libusb1
pylink=pylink-square  win32api=pywin32  win32con=pywin32  win32gui=pywin32  win32com=pywin32  win32file=pywin32  win32event=pywin32
win32service=pywin32  win32serviceutil=pywin32  win32process=pywin32  win32clipboard=pywin32  win32security=pywin32  win32pipe=pywin32
win32print=pywin32  win32ui=pywin32  win32pdh=pywin32  win32net=pywin32  win32job=pywin32  win32evtlog=pywin32  win32crypt=pywin32
win32evtlogutil=pywin32  win32pdhutil=pywin32  win32profile=pywin32  win32ts=pywin32  pythoncom=pywin32  pywintypes=pywin32
servicemanager=pywin32  winerror=pywin32  win32timezone=pywin32  win32console=pywin32  elftools=pyelftools  yara=yara-python
pwn=pwntools  pwnlib=pwntools  keystone=keystone-engine  vt=vt-py  tlsh=py-tlsh|python-tlsh  Registry=python-registry  Evtx=python-evtx
z3=z3-solver  pysat=python-sat  acoustid=pyacoustid  rtmidi=python-rtmidi  fluidsynth=pyfluidsynth  parselmouth=praat-parselmouth
speech_recognition=speechrecognition  wikipediaapi=wikipedia-api  googleapiclient=google-api-python-client
apiclient=google-api-python-client  xdg=pyxdg|xdg  kerberos=kerberos|pykerberos  pcapy=pcapy|pcapy-ng  uwsgidecorators=uwsgi
zbar=zbar-py|zbar  nfc=nfcpy  evernote=evernote|evernote3  nmap3=python3-nmap
tlz=toolz  yaml_env_tag=pyyaml-env-tag  rattler=py-rattler  proxy=proxy-py  sass=libsass  sassutils=libsass  hydra=hydra-core
xdist=pytest-xdist  xprocess=pytest-xprocess  pymdownx=pymdown-extensions  material=mkdocs-material  materialx=mkdocs-material-extensions
mkdocstrings_handlers=mkdocstrings|mkdocstrings-python  autoapi=sphinx-autoapi  hoverxref=sphinx-hoverxref  poetry.core=poetry-core|poetry
pdm.backend=pdm-backend  skbuild=scikit-build  mesonpy=meson-python  mesonbuild=meson  bencode=bencode-py|bencode  bencodepy=bencode-py
jnius=pyjnius  krbV=python-krbv  bitcoin=python-bitcoinlib|bitcoin
importlinter=import-linter  mypyc=mypy  requirements=requirements-parser  rpds=rpds-py  cfnlint=cfn-lint  cpuinfo=py-cpuinfo
FSEvents=pyobjc-framework-fsevents|pyobjc  _ruamel_yaml=ruamel-yaml-clib|ruamel-yaml  hcl2=python-hcl2  piptools=pip-tools  capnp=pycapnp
fpdf=fpdf2|fpdf  linebot=line-bot-sdk  logstash=python-logstash  opencc=opencc|opencc-python-reimplemented
allure=allure-pytest|allure-behave  allure_commons=allure-python-commons  PySide6=pyside6|pyside6-essentials|pyside6-addons
"""

WEB = """
rest_framework=djangorestframework  rest_framework_simplejwt=djangorestframework-simplejwt  corsheaders=django-cors-headers
rest_framework_xml=djangorestframework-xml  rest_framework_csv=djangorestframework-csv  rest_framework_gis=djangorestframework-gis
debug_toolbar=django-debug-toolbar  crispy_forms=django-crispy-forms  django_filters=django-filter  allauth=django-allauth
environ=django-environ|environ-config  storages=django-storages  guardian=django-guardian  mptt=django-mptt  taggit=django-taggit
import_export=django-import-export  simple_history=django-simple-history  model_utils=django-model-utils  rosetta=django-rosetta
compressor=django-compressor  ckeditor=django-ckeditor  ckeditor_uploader=django-ckeditor  axes=django-axes  waffle=django-waffle
reversion=django-reversion  silk=django-silk  haystack=django-haystack|haystack-ai|farm-haystack  modeltranslation=django-modeltranslation
polymorphic=django-polymorphic  treebeard=django-treebeard  widget_tweaks=django-widget-tweaks  anymail=django-anymail
phonenumber_field=django-phonenumber-field  oauth2_provider=django-oauth-toolkit  constance=django-constance  imagekit=django-imagekit
sorl=sorl-thumbnail  pipeline=django-pipeline  csp=django-csp  ninja=django-ninja  tinymce=django-tinymce
captcha=captcha|django-simple-captcha|django-recaptcha  two_factor=django-two-factor-auth  hijack=django-hijack  solo=django-solo
smart_selects=django-smart-selects  adminsortable2=django-admin-sortable2  nested_admin=django-nested-admin  jazzmin=django-jazzmin
grappelli=django-grappelli  unfold=django-unfold  modelcluster=django-modelcluster  cms=django-cms  health_check=django-health-check
post_office=django-post-office  djstripe=dj-stripe  knox=django-rest-knox  auditlog=django-auditlog  dbbackup=django-dbbackup
maintenance_mode=django-maintenance-mode  ratelimit=ratelimit|django-ratelimit  extra_views=django-extra-views
bootstrap3=django-bootstrap3  bootstrap4=django-bootstrap4  hitcount=django-hitcount  mathfilters=django-mathfilters
sass_processor=django-sass-processor  djcelery=django-celery  organizations=django-organizations  parler=django-parler
formtools=django-formtools  cacheops=django-cacheops  cachalot=django-cachalot  dynamic_preferences=django-dynamic-preferences
notifications=django-notifications-hq  invitations=django-invitations  webpack_loader=django-webpack-loader
timezone_field=django-timezone-field  dal=django-autocomplete-light  dal_select2=django-autocomplete-light  colorfield=django-colorfield
sekizai=django-sekizai  filer=django-filer  flask_security=flask-security|flask-security-too  websocket=websocket-client
sseclient=sseclient|sseclient-py  graphql=graphql-core|graphql-core-next  strawberry=strawberry-graphql  social_core=social-auth-core
social_django=social-auth-app-django  argon2=argon2-cffi  suds=suds|suds-community|suds-jurko|suds-py3  plaid=plaid-python
shopify=shopifyapi  square=squareup  hubspot=hubspot-api-client  atlassian=atlassian-python-api  trello=py-trello
airtable=airtable-python-wrapper|airtable  slack=slackclient  twitter=python-twitter|twitter  linkedin=python-linkedin
mastodon=mastodon-py  smartsheet=smartsheet-python-sdk  gcm=python-gcm  coinbase=coinbase|coinbase-advanced-py
binance=python-binance|binance-connector  kucoin=python-kucoin|kucoin-python  alpaca=alpaca-py
localflavor=django-localflavor  rest_auth=django-rest-auth  push_notifications=django-push-notifications  impersonate=django-impersonate
redis_cache=django-redis-cache  tenant_schemas=django-tenant-schemas  pwa=django-pwa  admin_honeypot=django-admin-honeypot
multiselectfield=django-multiselectfield  jsonfield=jsonfield|django-jsonfield  picklefield=django-picklefield
registration=django-registration-redux  versatileimagefield=django-versatileimagefield  ordered_model=django-ordered-model
safedelete=django-safedelete  actstream=django-activity-stream  watson=django-watson  crequest=django-crequest
rangefilter=django-admin-rangefilter  admin_reorder=django-modeladmin-reorder  ajax_select=django-ajax-selects  tagulous=django-tagulous
stronghold=django-stronghold  sslserver=django-sslserver  oidc_provider=django-oidc-provider  sortedm2m=django-sortedm2m
loginas=django-loginas  bootstrap_datepicker_plus=django-bootstrap-datepicker-plus  rest_framework_swagger=django-rest-swagger
rest_framework_extensions=drf-extensions  rest_framework_jwt=djangorestframework-jwt|drf-jwt  rest_framework_nested=drf-nested-routers
rest_framework_api_key=djangorestframework-api-key  rest_polymorphic=django-rest-polymorphic  mailer=django-mailer
facebook=facebook-sdk|facebook  instagram=python-instagram  web=web-py
"""

CLOUD = """
aws_cdk=aws-cdk-lib|aws-cdk-core  samtranslator=aws-sam-translator  samcli=aws-sam-cli  vertexai=google-cloud-aiplatform  grpc=grpcio
grpc_status=grpcio-status  grpc_health=grpcio-health-checking  grpc_reflection=grpcio-reflection  grpc_tools=grpcio-tools
grpc_channelz=grpcio-channelz  grpc_testing=grpcio-testing  proto=proto-plus  ibm_boto3=ibm-cos-sdk  ibm_botocore=ibm-cos-sdk-core
swiftclient=python-swiftclient  keystoneclient=python-keystoneclient  novaclient=python-novaclient  neutronclient=python-neutronclient
cinderclient=python-cinderclient  glanceclient=python-glanceclient  heatclient=python-heatclient  ironicclient=python-ironicclient
barbicanclient=python-barbicanclient  troveclient=python-troveclient  magnumclient=python-magnumclient
designateclient=python-designateclient  manilaclient=python-manilaclient  octaviaclient=python-octaviaclient
mistralclient=python-mistralclient  openstackclient=python-openstackclient  openstack=openstacksdk  libcloud=apache-libcloud
ovirtsdk4=ovirt-engine-sdk-python  ansible=ansible|ansible-core|ansible-base  airflow=apache-airflow  superset=apache-superset
pyflink=apache-flink  delta=delta-spark  dbt=dbt-core  elasticapm=elastic-apm  digitalocean=python-digitalocean
aliyunsdkcore=aliyun-python-sdk-core|aliyun-python-sdk-core-v3  qcloud_cos=cos-python-sdk-v5  tencentcloud=tencentcloud-sdk-python
obs=esdk-obs-python  ldclient=launchdarkly-server-sdk  analytics=analytics-python  rudderstack=rudder-sdk-python  ee=earthengine-api
"""

DATABASES = """
psycopg2=psycopg2|psycopg2-binary  MySQLdb=mysqlclient|mysql-python  _mysql=mysqlclient  bson=pymongo|bson  gridfs=pymongo
rediscluster=redis-py-cluster  opensearchpy=opensearch-py  cassandra=cassandra-driver|scylla-driver  playhouse=peewee
tortoise=tortoise-orm  pysqlite2=pysqlite  pysqlite3=pysqlite3|pysqlite3-binary  rocksdb=python-rocksdb
kafka=kafka-python|kafka-python-ng  stomp=stomp-py  nats=nats-py  pulsar=pulsar-client  impala=impyla  TCLIService=pyhive
avro=avro|avro-python3  bmemcached=python-binary-memcached  paho=paho-mqtt  postgrest=postgrest|postgrest-py  weaviate=weaviate-client
pinecone=pinecone|pinecone-client  chromadb=chromadb|chromadb-client  pysqlcipher3=pysqlcipher3|pysqlcipher3-binary
sqlcipher3=sqlcipher3|sqlcipher3-binary  whoosh=whoosh|whoosh-reloaded  gremlin_python=gremlinpython
mysql=mysql-connector-python|mysql-connector
"""

SCIENCE = """
cv2=opencv-python|opencv-python-headless|opencv-contrib-python|opencv-contrib-python-headless  sklearn=scikit-learn
skimage=scikit-image  sksurv=scikit-survival  skopt=scikit-optimize  sklearn_extra=scikit-learn-extra  sklearnex=scikit-learn-intelex
skmultilearn=scikit-multilearn  skbio=scikit-bio  skfuzzy=scikit-fuzzy  skrf=scikit-rf  skmisc=scikit-misc  skmultiflow=scikit-multiflow
imblearn=imbalanced-learn  umap=umap-learn  pywt=pywavelets  mpl_toolkits=matplotlib  pylab=matplotlib  Bio=biopython
community=python-louvain  igraph=igraph|python-igraph  osgeo=gdal  ogr=gdal  osr=gdal  gdalconst=gdal  shapefile=pyshp
rdkit=rdkit|rdkit-pypi  openbabel=openbabel|openbabel-wheel  talib=ta-lib  faiss=faiss-cpu|faiss-gpu|faiss-gpu-cu11|faiss-gpu-cu12|faiss
tensorflow=tensorflow|tensorflow-cpu|tensorflow-gpu|tensorflow-macos|tensorflow-intel|tf-nightly  whisper=openai-whisper
mmcv=mmcv|mmcv-full|mmcv-lite  clip=openai-clip|clip-anytorch
onnxruntime=onnxruntime|onnxruntime-gpu|onnxruntime-directml|onnxruntime-openvino|onnxruntime-silicon
cupy=cupy|cupy-cuda11x|cupy-cuda12x|cupy-cuda13x|cupy-cuda110|cupy-cuda111|cupy-cuda112  cudf=cudf-cu11|cudf-cu12
cuml=cuml-cu11|cuml-cu12  haiku=dm-haiku  sonnet=dm-sonnet  tree=dm-tree  reverb=dm-reverb  acme=dm-acme|acme  Box2D=box2d-py|box2d
paddle=paddlepaddle|paddlepaddle-gpu  MeCab=mecab-python3  fasttext=fasttext|fasttext-wheel  llama_cpp=llama-cpp-python
autogen=autogen|pyautogen|ag2  dspy=dspy|dspy-ai  autosklearn=auto-sklearn  bayes_opt=bayesian-optimization  simtk=openmm  stan=pystan
iris=scitools-iris  wrf=wrf-python  vcf=pyvcf|pyvcf3  dgl=dgl|dgl-cu111|dgl-cu116|dgl-cu118  pl_bolts=lightning-bolts
pycocotools=pycocotools|pycocotools-windows  pygame=pygame|pygame-ce  open3d=open3d|open3d-cpu  spellchecker=pyspellchecker
rouge=rouge|py-rouge  pynvml=pynvml|nvidia-ml-py|nvidia-ml-py3  pycaret=pycaret|pycaret-nightly  cc3d=connected-components-3d
SimpleITK=simpleitk|simpleitk-simpleelastix  empyrical=empyrical|empyrical-reloaded  pyfolio=pyfolio|pyfolio-reloaded
zipline=zipline|zipline-reloaded  alphalens=alphalens|alphalens-reloaded  neat=neat-python  lap=lap|lapx  libtiff=pylibtiff
llama_index.core=llama-index-core|llama-index  cupyx=cupy|cupy-cuda11x|cupy-cuda12x|cupy-cuda13x|cupy-cuda110|cupy-cuda111|cupy-cuda112
absl=absl-py  agents=openai-agents  pydantic_ai=pydantic-ai|pydantic-ai-slim
"""
