"""Our own Streamlit components: chart, pulse, waterfall, replay, listing, keep and frame.

``chart_view.render_chart`` puts a plotly figure on the screen, ``pulse_view.render_pulse`` the header line
with status, ages and refresh, ``waterfall_view.render_waterfall`` the spans of a trace,
``replay_view.render_replay`` the same as a film, ``listing_view.render_listing`` the list of traces, and
two put nothing there: ``keep_view.render_kept`` keeps a text in the reader's browser, and
``frame_view.render_frame`` tells the page that embeds us how tall we are. All are file-backed Components-v2
components whose scripts are served from ``/_stcore/bidi-components/``, so a content security policy of
``script-src 'self'`` holds.
"""
