"""Facts: namespace packages, whose distributions are told apart by a longer dotted prefix (checks.md A9).

A row of `PREFIXES` is `dotted.prefix=distribution|other distribution`; the longest prefix of an import wins. `NAMESPACES` are the
import prefixes below which many distributions live: an import without a row there is named by joining its parts with `-`.
"""

from __future__ import annotations

NAMESPACES = frozenset(
    {"google", "google.cloud", "azure", "azure.mgmt", "azure.ai", "azure.storage", "azure.keyvault", "azure.monitor", "azure.data"}
    | {"azure.cognitiveservices", "azure.communication", "azure.iot", "azure.search", "azure.synapse", "azure.schemaregistry"}
    | {"azureml", "zope", "zc", "z3c", "plone", "plone.app", "collective", "ruamel", "jaraco", "backports", "sphinxcontrib", "repoze"}
    | {"opentelemetry", "opentelemetry.instrumentation", "opentelemetry.exporter", "snowflake", "databricks", "paste", "pyannote"}
    | {"aws_cdk", "keyrings", "mpl_toolkits", "segment"}
)

PREFIXES = """
google.auth=google-auth  google.oauth2=google-auth  google.api_core=google-api-core  google.api=googleapis-common-protos
google.rpc=googleapis-common-protos|grpc-google-rpc  google.type=googleapis-common-protos  google.longrunning=googleapis-common-protos
google.protobuf=protobuf  google.logging.type=googleapis-common-protos  google.generativeai=google-generativeai
google.genai=google-genai  google.ai.generativelanguage=google-ai-generativelanguage  google.adk=google-adk  google.ads=google-ads
google.resumable_media=google-resumable-media  google.analytics.data=google-analytics-data
google.analytics.data_v1beta=google-analytics-data  google.analytics.admin=google-analytics-admin  google.iam=grpc-google-iam-v1
google.appengine=appengine-python-standard  google.colab=google-colab  google.maps.routing=google-maps-routing
google.cloud.storage=google-cloud-storage  google.cloud.bigquery=google-cloud-bigquery
google.cloud.bigquery_storage=google-cloud-bigquery-storage  google.cloud.bigquery_storage_v1=google-cloud-bigquery-storage
google.cloud.bigquery_datatransfer=google-cloud-bigquery-datatransfer  google.cloud.pubsub=google-cloud-pubsub
google.cloud.pubsub_v1=google-cloud-pubsub  google.pubsub=google-cloud-pubsub  google.pubsub_v1=google-cloud-pubsub
google.cloud.firestore=google-cloud-firestore  google.cloud.firestore_v1=google-cloud-firestore
google.cloud.datastore=google-cloud-datastore  google.cloud.ndb=google-cloud-ndb  google.cloud.logging=google-cloud-logging
google.cloud.logging_v2=google-cloud-logging  google.cloud.secretmanager=google-cloud-secret-manager
google.cloud.secretmanager_v1=google-cloud-secret-manager  google.cloud.vision=google-cloud-vision
google.cloud.vision_v1=google-cloud-vision  google.cloud.translate=google-cloud-translate
google.cloud.translate_v2=google-cloud-translate  google.cloud.translate_v3=google-cloud-translate
google.cloud.speech=google-cloud-speech  google.cloud.speech_v1=google-cloud-speech  google.cloud.speech_v2=google-cloud-speech
google.cloud.texttospeech=google-cloud-texttospeech  google.cloud.language=google-cloud-language
google.cloud.language_v1=google-cloud-language  google.cloud.tasks=google-cloud-tasks  google.cloud.tasks_v2=google-cloud-tasks
google.cloud.scheduler=google-cloud-scheduler  google.cloud.scheduler_v1=google-cloud-scheduler  google.cloud.kms=google-cloud-kms
google.cloud.kms_v1=google-cloud-kms  google.cloud.run_v2=google-cloud-run  google.cloud.spanner=google-cloud-spanner
google.cloud.spanner_v1=google-cloud-spanner  google.cloud.bigtable=google-cloud-bigtable  google.cloud.dlp=google-cloud-dlp
google.cloud.dlp_v2=google-cloud-dlp  google.cloud.monitoring=google-cloud-monitoring
google.cloud.monitoring_v3=google-cloud-monitoring  google.cloud.error_reporting=google-cloud-error-reporting
google.cloud.trace=google-cloud-trace  google.cloud.trace_v2=google-cloud-trace  google.cloud.container=google-cloud-container
google.cloud.container_v1=google-cloud-container  google.cloud.compute=google-cloud-compute
google.cloud.compute_v1=google-cloud-compute  google.cloud.aiplatform=google-cloud-aiplatform
google.cloud.aiplatform_v1=google-cloud-aiplatform  google.cloud.automl=google-cloud-automl
google.cloud.automl_v1=google-cloud-automl  google.cloud.dataproc=google-cloud-dataproc
google.cloud.dataproc_v1=google-cloud-dataproc  google.cloud.dialogflow=google-cloud-dialogflow
google.cloud.dialogflow_v2=google-cloud-dialogflow  google.cloud.dialogflowcx_v3=google-cloud-dialogflow-cx
google.cloud.documentai=google-cloud-documentai  google.cloud.documentai_v1=google-cloud-documentai
google.cloud.videointelligence=google-cloud-videointelligence  google.cloud.recaptchaenterprise_v1=google-cloud-recaptcha-enterprise
google.cloud.recaptchaenterprise=google-cloud-recaptcha-enterprise  google.cloud.resourcemanager=google-cloud-resource-manager
google.cloud.resourcemanager_v3=google-cloud-resource-manager  google.cloud.functions_v1=google-cloud-functions
google.cloud.functions_v2=google-cloud-functions  google.cloud.functions=google-cloud-functions
google.cloud.artifactregistry_v1=google-cloud-artifact-registry  google.cloud.artifactregistry=google-cloud-artifact-registry
google.cloud.asset_v1=google-cloud-asset  google.cloud.asset=google-cloud-asset  google.cloud.billing_v1=google-cloud-billing
google.cloud.billing=google-cloud-billing  google.cloud.dns=google-cloud-dns  google.cloud.exceptions=google-cloud-core
google.cloud.client=google-cloud-core  google.cloud._helpers=google-cloud-core  google.cloud._http=google-cloud-core
google.cloud.environment_vars=google-cloud-core  google.cloud.sql.connector=cloud-sql-python-connector
google.cloud.alloydb.connector=google-cloud-alloydb-connector  google.cloud.discoveryengine=google-cloud-discoveryengine
google.cloud.discoveryengine_v1=google-cloud-discoveryengine  google.cloud.retail_v2=google-cloud-retail
google.cloud.workflows=google-cloud-workflows  google.cloud.workflows_v1=google-cloud-workflows
google.cloud.storage_transfer=google-cloud-storage-transfer  google.cloud.iam_credentials_v1=google-cloud-iam
google.cloud.batch_v1=google-cloud-batch  google.cloud.redis_v1=google-cloud-redis  google.cloud.memcache_v1=google-cloud-memcache
azure.storage.blob=azure-storage-blob  azure.storage.queue=azure-storage-queue  azure.storage.fileshare=azure-storage-file-share
azure.storage.filedatalake=azure-storage-file-datalake  azure.identity=azure-identity  azure.core=azure-core
azure.keyvault.secrets=azure-keyvault-secrets  azure.keyvault.keys=azure-keyvault-keys  azure.common=azure-common
azure.keyvault.certificates=azure-keyvault-certificates  azure.servicebus=azure-servicebus  azure.eventhub=azure-eventhub
azure.cosmos=azure-cosmos  azure.data.tables=azure-data-tables  azure.functions=azure-functions  azure.eventgrid=azure-eventgrid
azure.durable_functions=azure-functions-durable  azure.ai.ml=azure-ai-ml  azure.ai.formrecognizer=azure-ai-formrecognizer
azure.ai.textanalytics=azure-ai-textanalytics  azure.ai.documentintelligence=azure-ai-documentintelligence
azure.ai.inference=azure-ai-inference  azure.ai.projects=azure-ai-projects  azure.ai.vision.imageanalysis=azure-ai-vision-imageanalysis
azure.cognitiveservices.speech=azure-cognitiveservices-speech  azure.search.documents=azure-search-documents
azure.communication.email=azure-communication-email  azure.communication.sms=azure-communication-sms  azure.devops=azure-devops
azure.batch=azure-batch  azure.appconfiguration=azure-appconfiguration  azure.containerregistry=azure-containerregistry
azure.monitor.opentelemetry=azure-monitor-opentelemetry  azure.monitor.query=azure-monitor-query
azure.monitor.opentelemetry.exporter=azure-monitor-opentelemetry-exporter  azure.monitor.ingestion=azure-monitor-ingestion
azure.mgmt.core=azure-mgmt-core  azure.kusto.data=azure-kusto-data  azure.kusto.ingest=azure-kusto-ingest
azure.iot.device=azure-iot-device  azure.iot.hub=azure-iot-hub
azure.eventhub.extensions.checkpointstoreblobaio=azure-eventhub-checkpointstoreblob-aio
opentelemetry.sdk=opentelemetry-sdk  opentelemetry.trace=opentelemetry-api  opentelemetry.metrics=opentelemetry-api
opentelemetry.context=opentelemetry-api  opentelemetry.baggage=opentelemetry-api  opentelemetry.propagate=opentelemetry-api
opentelemetry.propagators=opentelemetry-api  opentelemetry.environment_variables=opentelemetry-api  opentelemetry._logs=opentelemetry-api
opentelemetry.util=opentelemetry-api|opentelemetry-util-http  opentelemetry.semconv=opentelemetry-semantic-conventions
opentelemetry.propagators.b3=opentelemetry-propagator-b3  opentelemetry.propagators.jaeger=opentelemetry-propagator-jaeger
opentelemetry.proto=opentelemetry-proto  opentelemetry.exporter.prometheus=opentelemetry-exporter-prometheus
opentelemetry.exporter.otlp=opentelemetry-exporter-otlp|opentelemetry-exporter-otlp-proto-grpc|opentelemetry-exporter-otlp-proto-http
opentelemetry.exporter.jaeger=opentelemetry-exporter-jaeger|opentelemetry-exporter-jaeger-thrift|opentelemetry-exporter-jaeger-proto-grpc
opentelemetry.exporter.zipkin=opentelemetry-exporter-zipkin|opentelemetry-exporter-zipkin-json|opentelemetry-exporter-zipkin-proto-http
opentelemetry.exporter.cloud_trace=opentelemetry-exporter-gcp-trace  opentelemetry.distro=opentelemetry-distro
snowflake.connector=snowflake-connector-python  snowflake.sqlalchemy=snowflake-sqlalchemy  snowflake.snowpark=snowflake-snowpark-python
snowflake.core=snowflake-core|snowflake  snowflake.ml=snowflake-ml-python  databricks.sql=databricks-sql-connector
databricks.sdk=databricks-sdk  databricks.connect=databricks-connect
mysql.connector=mysql-connector-python|mysql-connector  ruamel.yaml=ruamel-yaml  zope.component=zope-component
paste.deploy=pastedeploy  paste.script=pastescript  paste.httpserver=paste  paste.urlmap=paste  paste.fixture=paste
mpl_toolkits.basemap=basemap  mpl_toolkits.mplot3d=matplotlib  mpl_toolkits.axes_grid1=matplotlib  mpl_toolkits.axisartist=matplotlib
PyQt5.Qsci=qscintilla  PyQt6.Qsci=pyqt6-qscintilla  PyQt5.QtWebEngineWidgets=pyqtwebengine  PyQt5.QtWebEngineCore=pyqtwebengine
PyQt6.QtWebEngineWidgets=pyqt6-webengine  PyQt6.QtWebEngineCore=pyqt6-webengine  PyQt5.QtChart=pyqtchart  PyQt6.QtCharts=pyqt6-charts
segment.analytics=segment-analytics-python  azureml.core=azureml-core  sphinxcontrib.mermaid=sphinxcontrib-mermaid
"""
