# Stages: `dependencies` installs the locked packages, `sbom` lists them, `builder` adds the connector,
# and the last stage is the image. metadata.yaml names the same base image. Any image with Python 3.11
# to 3.13, venv, pip and the user airbyte works as a base.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

FROM ${BASE_IMAGE} AS dependencies
USER root
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 POETRY_VIRTUALENVS_CREATE=false
# The tools that read the lock file and build the package stay in this stage.
RUN python -m venv /tools \
    && /tools/bin/python -m pip install --quiet poetry==1.8.5 poetry-plugin-export==1.8.0
# Dependencies before code, so that a build after a change of code finds them in the layer cache. They
# get a virtual environment of their own, because the base image's Python has packages too (poetry and
# its dependencies), in other versions than the lock file's. Three quarters of their 290 MB are packages
# that the CDK requires and this connector does not import (pandas, numpy, nltk, grpc). No extra of the
# CDK avoids them. They are kept, so that the image is what the lock file and the bill of materials say.
COPY pyproject.toml poetry.lock ./
RUN /tools/bin/poetry export --quiet --only main --output requirements.txt \
    && python -m venv --without-pip /opt/source-billcom \
    && /tools/bin/python -m pip --python /opt/source-billcom/bin/python install --quiet \
      --root-user-action ignore --no-deps --require-hashes --requirement requirements.txt

# `make image` copies the bill of materials from this stage. Nothing of it gets into the image.
FROM dependencies AS sbom
RUN /tools/bin/python -m pip install --quiet cyclonedx-bom==7.5.0 \
    && /tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
      --output-file /sbom.cdx.json /opt/source-billcom/bin/python
ENTRYPOINT ["cat", "/sbom.cdx.json"]

FROM dependencies AS builder
COPY README.md ./
COPY source_billcom ./source_billcom
# The image holds the connector only, not the packages and commands of the extras.
RUN sed -i '/sync_tool/d; /bill_emulator/d' pyproject.toml \
    && /tools/bin/poetry build --quiet --format wheel --output /wheels \
    && /tools/bin/python -m pip --python /opt/source-billcom/bin/python install --quiet \
      --root-user-action ignore --prefix /connector --no-deps --no-index /wheels/*.whl

FROM ${BASE_IMAGE}
COPY --from=builder /opt/source-billcom /opt/source-billcom
COPY --from=builder /connector /opt/source-billcom
# The CDK needs a temporary folder, and /dev/shm is writable under --read-only. No data of BILL is
# written there.
ENV PATH=/opt/source-billcom/bin:$PATH \
    TMPDIR=/dev/shm \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRBYTE_ENTRYPOINT=/opt/source-billcom/bin/source-billcom
LABEL io.airbyte.name="airbyte/source-billcom" \
      io.airbyte.version="0.2.0" \
      org.opencontainers.image.title="source-billcom" \
      org.opencontainers.image.description="Airbyte source connector for BILL (Bill.com)" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.documentation="https://docs.airbyte.com/integrations/sources/billcom" \
      org.opencontainers.image.licenses="MIT"
# The user airbyte, by number: from a name Kubernetes cannot tell that it is not root (runAsNonRoot).
USER 1000
WORKDIR /airbyte
ENTRYPOINT ["/opt/source-billcom/bin/source-billcom"]
