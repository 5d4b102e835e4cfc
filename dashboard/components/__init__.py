"""Our own Streamlit components: the chart, the header's pulse and the waterfall.

``chart_view.render_chart`` puts a plotly figure on the screen, ``pulse_view.render_pulse`` the
header line with status, ages and refresh, ``waterfall_view.render_waterfall`` the spans of a trace.
All are file-backed Components-v2 components whose
scripts are served from ``/_stcore/bidi-components/``, so a content security policy of
``script-src 'self'`` holds.
"""
