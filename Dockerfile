# The service with its model, for amd64 and arm64: `docker build -t alliance-qa .`; docs/operation.md, "In a container".
# Everything is installed from wheels, each with its SHA-256. PyTorch is left out: the model that is shipped needs none.
FROM debian:bookworm-slim AS build
# Debian's security updates are wanted, whatever their version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY requirements.lock requirements-test.lock ./
# Of what tests need the client of Redis alone, which counts the limits of several replicas.
RUN sed -n '/^redis==/,/[^\\]$/p; /^async-timeout==/,/[^\\]$/p' requirements-test.lock > redis.lock \
    && python3 -m venv /opt/alliance-qa \
    && /opt/alliance-qa/bin/pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes --requirement requirements.lock --requirement redis.lock
COPY release/tools.lock ./release/
RUN python3 -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes --requirement release/tools.lock
COPY pyproject.toml README.md LICENSE NOTICE sbom.cdx.json ./
COPY src ./src
RUN /opt/build/bin/python -m hatchling build --target wheel --directory /build/dist \
    && /opt/alliance-qa/bin/pip install --no-cache-dir --no-compile --no-deps /build/dist/*.whl \
    && /opt/alliance-qa/bin/python -m compileall -q /opt/alliance-qa/lib \
    && /opt/alliance-qa/bin/pip uninstall --yes pip setuptools

FROM debian:bookworm-slim
# Debian's security updates are wanted, whatever their version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 rsync \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin alliance-qa \
    && install --directory --owner=alliance-qa --group=alliance-qa /documents /index /state
COPY --from=build /opt/alliance-qa /opt/alliance-qa
COPY deploy/start deploy/distribute.sh /opt/alliance-qa/bin/
ENV PATH=/opt/alliance-qa/bin:/usr/bin:/bin HOME=/tmp PYTHONDONTWRITEBYTECODE=1 \
    ALLIANCE_QA_DOCUMENTS=/documents ALLIANCE_QA_INDEX=/index ALLIANCE_QA_HOST=0.0.0.0
USER 10001:10001
WORKDIR /state
VOLUME ["/documents", "/index", "/state"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["start"]
