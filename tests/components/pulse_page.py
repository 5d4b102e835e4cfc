"""The page that the browser tests of the pulse drive.

``next`` seconds to a refresh · ``skew`` of the server's clock · ``slow`` seconds that a rerun takes ·
``status``, ``detail``, ``newest``, ``lang``
"""

from __future__ import annotations

import datetime as dt
import time

import streamlit as st

from dashboard.components.pulse_view import render_pulse

KOREAN = {
    "updated": "{age} 전 갱신",
    "newest": "최신 트레이스 {age} 전",
    "next": "{age} 후 갱신",
    "refresh": "지금 새로고침",
    "copy": "링크 복사",
    "copied": "복사됨",
    "unit_s": "{n}초",
    "unit_min": "{n}분",
    "unit_h": "{n}시간",
    "unit_d": "{n}일",
}

st.set_page_config(page_title="pulse", layout="wide")
query = st.query_params
runs = st.session_state.runs = st.session_state.get("runs", 0) + 1
wait = query.get("next")
now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=float(query.get("skew", "0")))
ticked = render_pulse(
    status=query.get("status", "ok"),
    status_text={"down": "down"}.get(query.get("status", "ok"), "healthy"),
    status_detail=query.get("detail", "since 10:00"),
    fetched_at=now,
    newest_at=None if query.get("newest") == "none" else now - dt.timedelta(seconds=7500),
    next_at=None if wait is None else now + dt.timedelta(seconds=float(wait)),
    range_text="Last 24 h, Asia/Seoul",
    labels=KOREAN if query.get("lang") == "ko" else None,
    locale=query.get("lang", "en"),
    now=now,
)
st.session_state.ticks = st.session_state.get("ticks", 0) + ticked
st.html(f'<output id="told">runs {runs} ticks {st.session_state.ticks}</output>')
if runs > 1:
    time.sleep(float(query.get("slow", "0")))
st.button("other rerun")
