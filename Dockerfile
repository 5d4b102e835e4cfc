# The dashboard, without build tools, as a user without rights. Name a digest to pin the base:
#   docker build --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:… -t agentops-dashboard .
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY . .
RUN python3 bootstrap.py

FROM ${PYTHON_IMAGE}
RUN useradd --system --create-home --uid 10001 dashboard
COPY --from=build /app /app
WORKDIR /app
USER dashboard
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
# Inside the container all interfaces; publish the port to loopback only (-p 127.0.0.1:8501:8501)
# unless something in front signs viewers in.
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0"]
