# Stages: the first installs, the last runs; between them, the bill of materials of what is
# installed, and the package. metadata.yaml names the same base image; any image
# that keeps the same promises (Python 3.11 to 3.13 with venv and pip, a user airbyte) will do.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.0.2@sha256:9fdb1888c4264cf6fee473649ecb593f56f58e5d0096a87ee0b231777e2e3e73

FROM ${BASE_IMAGE} AS dependencies
USER root
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 POETRY_VIRTUALENVS_CREATE=false
# what reads the lock file and builds the package stays in this stage
RUN python -m venv /tools \
    && /tools/bin/python -m pip install --quiet poetry==2.5.1 poetry-plugin-export==1.10.1
# Dependencies before code: a change of code finds them in the layer cache. They have an environment
# of their own, since the base image's Python holds packages too (poetry and what it needs), which
# are other versions than the lock file's.
COPY pyproject.toml poetry.lock ./
RUN /tools/bin/poetry export --quiet --only main --output requirements.txt \
    && python -m venv --without-pip /opt/source-billcom \
    && /tools/bin/python -m pip --python /opt/source-billcom/bin/python install --quiet \
      --root-user-action ignore --no-deps --require-hashes --requirement requirements.txt \
    # The CDK requires these packages for files, databases and its own command line. Nothing that this
    # connector imports, at once or later, leads to them (unit_tests/test_left_out.py); their code, 135
    # of 205 MB, stays out. What pip wrote down of them stays, as do their versions in the lock file.
    && cd /opt/source-billcom/lib/python3.*/site-packages \
    && rm -rf dateparser google grpc joblib nltk numpy numpy.libs pandas pygments rapidfuzz regex rich \
    # and of setuptools, which is never imported but could be, the bytecode
    && find setuptools -depth -type d -name __pycache__ -exec rm -rf {} +

# `make image` takes the bill of materials out of this stage; nothing of it gets into the image
FROM dependencies AS sbom
RUN /tools/bin/python -m pip install --quiet cyclonedx-bom==7.5.0 \
    # of [tool.poetry] it would want the name
    && sed '/^\[tool/,$d' pyproject.toml > project.toml \
    && /tools/bin/cyclonedx-py environment --pyproject project.toml --output-reproducible \
      --output-file /sbom.cdx.json /opt/source-billcom/bin/python
ENTRYPOINT ["cat", "/sbom.cdx.json"]

FROM dependencies AS builder
COPY README.md ./
COPY source_billcom ./source_billcom
RUN /tools/bin/poetry build --quiet --format wheel --output /wheels \
    && /tools/bin/python -m pip --python /opt/source-billcom/bin/python install --quiet \
      --root-user-action ignore --prefix /connector --no-deps --no-index /wheels/*.whl

FROM ${BASE_IMAGE}
COPY --from=builder /opt/source-billcom /opt/source-billcom
COPY --from=builder /connector /opt/source-billcom
# The CDK wants a temporary folder, and this one can be written under --read-only. Nothing of BILL's
# is ever put there.
ENV PATH=/opt/source-billcom/bin:$PATH \
    TMPDIR=/dev/shm \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRBYTE_ENTRYPOINT=/opt/source-billcom/bin/source-billcom
LABEL io.airbyte.name="airbyte/source-billcom" \
      io.airbyte.version="0.1.0" \
      org.opencontainers.image.title="source-billcom" \
      org.opencontainers.image.description="Airbyte source connector for BILL (Bill.com)" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.documentation="https://docs.airbyte.com/integrations/sources/billcom" \
      org.opencontainers.image.licenses="MIT"
# airbyte; by number, since Kubernetes cannot tell from a name that it is not root (runAsNonRoot)
USER 1000
WORKDIR /airbyte
ENTRYPOINT ["/opt/source-billcom/bin/source-billcom"]
