"""What is told to Prometheus: events counted as they happen, the rest read when it asks; no Streamlit."""
