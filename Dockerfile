# Two stages: the first installs, the second runs. metadata.yaml names the same base image; any image
# that keeps the same promises (Python 3.11 to 3.13 and pip in /usr/local, a user airbyte) will do.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.0.2@sha256:9fdb1888c4264cf6fee473649ecb593f56f58e5d0096a87ee0b231777e2e3e73

FROM ${BASE_IMAGE} AS builder
USER root
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 POETRY_VIRTUALENVS_CREATE=false
# what reads the lock file and builds the package stays in this stage
RUN python -m venv /tools \
    && /tools/bin/python -m pip install --quiet poetry==2.5.1 poetry-plugin-export==1.10.1
# dependencies before code: a change of code finds them in the layer cache
COPY pyproject.toml poetry.lock ./
RUN /tools/bin/poetry export --quiet --only main --output requirements.txt \
    && python -m pip install --quiet --root-user-action ignore --prefix /dependencies \
      --ignore-installed --no-deps --require-hashes --requirement requirements.txt \
    # the test suites of two packages that the CDK requires
    && rm -rf /dependencies/lib/python3.*/site-packages/pandas/tests \
    && find /dependencies/lib/python3.*/site-packages/numpy -depth -type d -name tests \
      -exec rm -rf {} +
COPY README.md ./
COPY source_billcom ./source_billcom
RUN /tools/bin/poetry build --quiet --format wheel --output /wheels \
    && python -m pip install --quiet --root-user-action ignore --prefix /connector \
      --no-deps --no-index /wheels/*.whl

FROM ${BASE_IMAGE}
LABEL io.airbyte.name="airbyte/source-billcom" \
      io.airbyte.version="0.1.0" \
      org.opencontainers.image.title="source-billcom" \
      org.opencontainers.image.description="Airbyte source connector for BILL (Bill.com)" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=builder /dependencies /usr/local
COPY --from=builder /connector /usr/local
# The CDK wants a temporary folder, and this one can be written under --read-only. Nothing of BILL's
# is ever put there.
ENV TMPDIR=/dev/shm \
    PYTHONDONTWRITEBYTECODE=1 \
    AIRBYTE_ENTRYPOINT=/usr/local/bin/source-billcom
USER airbyte
WORKDIR /airbyte
ENTRYPOINT ["/usr/local/bin/source-billcom"]
