// Dates and separators in the reader's language.  English is built into plotly.

const KOREAN = {
  moduleType: "locale",
  name: "ko",
  dictionary: {},
  format: {
    days: ["일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"],
    shortDays: ["일", "월", "화", "수", "목", "금", "토"],
    months: ["1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월"],
    shortMonths: ["1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월"],
    periods: ["오전", "오후"],
    dateTime: "%Y년 %b %-d일 %X",
    date: "%Y-%m-%d",
    time: "%H:%M:%S",
    decimal: ".",
    thousands: ",",
    year: "%Y년",
    month: "%Y년 %b",
    dayMonth: "%b %-d일",
    dayMonthYear: "%Y년 %b %-d일",
  },
};

const taught = new WeakSet(); // the Plotly objects that know Korean

/** The locale's name for plotly's configuration, after making sure that plotly knows it. */
export function localeFor(Plotly, language) {
  if (!language.startsWith("ko")) return "en-US";
  if (!taught.has(Plotly)) {
    Plotly.register(KOREAN);
    taught.add(Plotly);
  }
  return "ko";
}
