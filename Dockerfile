# The dashboard, and the embedded AgentOps as a second command. No build tools, no root, and nothing is
# written but /data and /tmp. docs/OPERATIONS.md says how to run it; compose.yaml does.
#   docker build -t agentops-dashboard .
# Name a digest to pin the base:
#   docker build --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:… -t agentops-dashboard .
# In a closed network: --build-arg PIP_INDEX_URL=… --build-arg NPM_CONFIG_REGISTRY=…
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ARG PIP_INDEX_URL
ARG NPM_CONFIG_REGISTRY
ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.lock ./
# The base's pip fills a virtual environment that has none itself. Wheels only, each checked against its hash:
# nothing is compiled here.
RUN python -m venv --without-pip /venv \
    && python -m pip --python /venv/bin/python install --no-cache-dir --only-binary=:all: --require-hashes \
        -r requirements.lock
COPY . .
# plotly.js needs npm once. It lies in /tmp of this stage and goes no further. Without it the larger
# plotly.js of the Python package serves.
RUN if ! [ -f dashboard/components/chart/vendor/plotly-basic.min.js ]; then \
        python -m pip install --no-cache-dir --only-binary=:all: --require-hashes --target /tmp/npm \
            -r requirements-npm.lock \
        || echo "warning: npm could not be had" >&2; \
    fi \
    && PYTHONPATH=/tmp/npm /venv/bin/python -m dashboard.components.fetch \
    && rm requirements.lock requirements-npm.lock \
    && /venv/bin/python -m compileall -q --invalidation-mode unchecked-hash /app \
    && chmod -R go=rX /app

FROM ${PYTHON_IMAGE}
# A new volume takes owner and mode from here.
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /venv /venv
COPY --from=build /app /app
# The user has no entry in /etc/passwd, so any other number does as well.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    DASHBOARD_DATA_DIR=/data
VOLUME /data
WORKDIR /app
USER 10001:10001
EXPOSE 8501
# Not through a proxy that the environment may name, as urllib would ask.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client as h, os; c = h.HTTPConnection('127.0.0.1', int(os.environ.get('STREAMLIT_SERVER_PORT') or 8501), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
# All interfaces of the container: publish the port to loopback only (-p 127.0.0.1:8501:8501), or have
# viewers signed in (DASHBOARD_AUTH).
CMD ["python", "-m", "dashboard", "--server.address=0.0.0.0"]
