"""Our own Streamlit components: the chart and the header's pulse.

``chart_view.render_chart`` puts a plotly figure on the screen, ``pulse_view.render_pulse`` the
header line with status, ages and refresh.  Both are file-backed Components-v2 components whose
scripts are served from ``/_stcore/bidi-components/``, so a content security policy of
``script-src 'self'`` holds.
"""
