// ---- Words of the interface

export const WORDS = {
  en: {
    heading: "Ask the documents",
    open: "Ask a question",
    close: "Close",
    new_conversation: "New conversation",
    conversation: "Conversation",
    greeting: "What would you like to know?",
    promise: "Answers are quoted from the documents word for word, each with its source.",
    documents_one: "{n} document",
    documents_other: "{n} documents",
    period: "{documents}, {from} to {to}",
    year: "{documents}, {from}",
    one_document: "Only one document is asked here.",
    examples: "Questions to start with",
    kept_not: "Questions are not kept.",
    kept_one: "Questions are kept for {n} day.",
    kept_other: "Questions are kept for {n} days.",
    input: "Your question",
    send: "Send",
    stop: "Stop",
    counter: "{n} of {most} characters",
    too_long: "The question is too long: {n} of {most} characters.",
    question: "Question",
    answer: "Answer",
    searching: "Searching the documents",
    searched: "Searched for: {question}",
    mark: "Citation {n}: {title}",
    citations: "Sources",
    composed: "In other words, each sentence checked against its quotes. Open one to see them.",
    verbatim: "In the words of the documents",
    likely: "likely {fact}",
    source: "Open the source",
    source_of: "Open the source: {title}",
    document: "Open the document",
    document_of: "Open the document: {title}",
    new_tab: "opens in a new tab",
    back: "Back to the answer",
    nothing_relevant: "The collection says nothing about this.",
    related_but_not_stated: "The collection treats this subject, but does not say this.",
    unclear_question: "This question is not clear enough to search for.",
    language_not_covered: "The collection has no document in this language.",
    small_talk: "Happy to help. Ask about the documents: answers are quoted from them, each with its source.",
    not_stated: "The collection does not say: {part}",
    refused: "The collection does not answer this.",
    instead: "Questions it does answer",
    keeper: "Send this question to the keeper",
    keeper_hint_one: "The keeper sees the question and, if you give one, your address, for {n} day.",
    keeper_hint_other: "The keeper sees the question and, if you give one, your address, for {n} days.",
    reply_to: "Your e-mail address, for a reply (optional)",
    reply_to_bad: "This is not an address of e-mail.",
    keeper_sent: "Sent. The keeper sees your question.",
    keeper_unsent: "The question could not be sent.",
    passages: "The nearest passages",
    copy: "Copy with citations",
    copied: "Copied",
    copy_by_hand: "This page may not copy for you. The text is selected: copy it with your keyboard.",
    copy_text: "Text to copy",
    up: "Helpful",
    down: "Not helpful",
    rated: "Thank you. Your rating is kept.",
    comment: "What was good or missing? (optional)",
    comment_send: "Send comment",
    comment_sent: "Thank you. Your comment is kept.",
    cancel: "Cancel",
    unrated: "The rating could not be kept.",
    stopped: "Stopped.",
    again: "Try again",
    offline: "You are offline. You can ask again when the connection is back.",
    connected: "The connection is back.",
    down_notice: "The service does not answer at the moment. You can still try to ask.",
    unreachable: "The service cannot be reached.",
    timeout: "The service stopped answering.",
    cut: "The connection broke before the answer was complete.",
    unreadable: "The service replied with something that this page does not understand.",
    limited: "Too many questions have been asked. Wait {time}, then try again.",
    busy: "The service is busy. Wait {time}, then try again.",
    a_moment: "a moment",
    forbidden: "This page is not allowed to ask the service.",
    rejected: "The service did not accept this question.",
    failed: "The service failed to answer.",
    no_service: "The address of the service is not valid.",
  },
  ja: {
    heading: "資料に質問する",
    open: "質問する",
    close: "閉じる",
    new_conversation: "新しい会話",
    conversation: "会話",
    greeting: "何をお調べですか。",
    promise: "回答は資料の原文どおりの引用で、それぞれに出典が付きます。",
    documents_one: "資料{n}点",
    documents_other: "資料{n}点",
    period: "{documents}（{from}～{to}年）",
    year: "{documents}（{from}年）",
    one_document: "ここでは1点の資料だけを調べます。",
    examples: "質問の例",
    kept_not: "質問は保存されません。",
    kept_one: "質問は{n}日間保存されます。",
    kept_other: "質問は{n}日間保存されます。",
    input: "質問",
    send: "送信",
    stop: "停止",
    counter: "{n}／{most}文字",
    too_long: "質問が長すぎます（{n}／{most}文字）。",
    question: "質問",
    answer: "回答",
    searching: "資料を調べています",
    searched: "検索した質問：{question}",
    mark: "出典{n}：{title}",
    citations: "出典",
    composed: "言い換えた回答です。各文は原文と照合済みで、開くと根拠が表示されます。",
    verbatim: "資料の原文による回答",
    likely: "おそらく{fact}",
    source: "出典を開く",
    source_of: "出典を開く：{title}",
    document: "資料を開く",
    document_of: "資料を開く：{title}",
    new_tab: "新しいタブで開きます",
    back: "回答に戻る",
    nothing_relevant: "この資料集には、これに関する記述がありません。",
    related_but_not_stated: "この資料集はこの主題を扱っていますが、質問の答えは書かれていません。",
    unclear_question: "質問の内容がはっきりしないため、検索できません。",
    language_not_covered: "この言語の資料はありません。",
    small_talk: "お役に立てればうれしいです。資料についてお尋ねください。原文の引用と出典でお答えします。",
    not_stated: "資料に述べられていません：{part}",
    refused: "この資料集では答えられません。",
    instead: "答えられる質問",
    keeper: "この質問を管理者に送る",
    keeper_hint_one: "管理者には質問と、入力した場合はアドレスが{n}日間表示されます。",
    keeper_hint_other: "管理者には質問と、入力した場合はアドレスが{n}日間表示されます。",
    reply_to: "返信先のメールアドレス（任意）",
    reply_to_bad: "メールアドレスの形式ではありません。",
    keeper_sent: "送信しました。管理者が質問を確認します。",
    keeper_unsent: "質問を送信できませんでした。",
    passages: "最も近い箇所",
    copy: "出典とともにコピー",
    copied: "コピーしました",
    copy_by_hand: "このページからはコピーできません。選択された文章をキーボードでコピーしてください。",
    copy_text: "コピーする文章",
    up: "役に立った",
    down: "役に立たなかった",
    rated: "評価を保存しました。",
    comment: "良かった点や足りない点（任意）",
    comment_send: "コメントを送信",
    comment_sent: "コメントを保存しました。",
    cancel: "キャンセル",
    unrated: "評価を保存できませんでした。",
    stopped: "停止しました。",
    again: "もう一度試す",
    offline: "オフラインです。接続が戻ると質問できます。",
    connected: "接続が戻りました。",
    down_notice: "現在サービスが応答していません。質問を試すことはできます。",
    unreachable: "サービスに接続できません。",
    timeout: "サービスからの応答が途絶えました。",
    cut: "回答の途中で接続が切れました。",
    unreadable: "サービスの応答を読み取れませんでした。",
    limited: "質問の回数が多すぎます。{time}待ってから、もう一度試してください。",
    busy: "サービスが混み合っています。{time}待ってから、もう一度試してください。",
    a_moment: "しばらく",
    forbidden: "このページからサービスに質問することは許可されていません。",
    rejected: "この質問は受け付けられませんでした。",
    failed: "サービスが回答できませんでした。",
    no_service: "サービスのアドレスが正しくありません。",
  },
};

const REASONS = ["nothing_relevant", "related_but_not_stated", "unclear_question", "language_not_covered", "small_talk"];

// Where in a file a quote begins, as the service tells it; the pages have the same in pages/phrases.py.
const PLACES = [
  [/^page (\d+)$/, "$1ページ"],
  [/^page (\d+), read by OCR, confidence ([\d.]+)$/, "$1ページ（OCRによる読み取り、信頼度 $2）"],
  [/^slide (\d+)$/, "スライド$1"],
  [/^slide (\d+), notes$/, "スライド$1のノート"],
  [/^row (\d+)$/, "$1行目"],
  [/^sheet (.+), row (\d+) \(([A-Z\d:]+)\)$/, "シート「$1」$2行目（$3）"],
  [/^sheet (.+)$/, "シート「$1」"],
  [/^time ([\d:]+)$/, "時刻 $1"],
  [/^time ([\d:]+), (.+)$/, "時刻 $1、$2"],
  [/^chapter "(.+)"$/, "「$1」の章"],
];

/** A date as precisely as it is known: a year, a month or a day; what is none of these stays as it is. */
function wordDate(text, locale) {
  const [, year, month, day] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(text) ?? [];
  if (!year) return text;
  const date = new Date(`${year}-${month ?? "01"}-${day ?? "01"}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text)) return text;
  const shape = { year: "numeric", ...(month && { month: "long" }), ...(day && { day: "numeric" }) };
  return new Intl.DateTimeFormat(locale, { ...shape, timeZone: "UTC" }).format(date);
}

/** Words of the interface in one language. */
export class Language {
  constructor(tag) {
    this.code = /^ja\b/i.test(tag) ? "ja" : "en";
    this.locale = this.code;
    try {
      if (tag.toLowerCase().startsWith(this.code)) [this.locale] = Intl.getCanonicalLocales(tag);
    } catch {
      // Not a language tag: the plain language serves.
    }
  }

  say(key, values = {}) {
    return WORDS[this.code][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  number(value) {
    return new Intl.NumberFormat(this.locale).format(value);
  }

  count(key, n) {
    const form = new Intl.PluralRules(this.locale).select(n) === "one" ? "one" : "other";
    return this.say(`${key}_${form}`, { n: this.number(n) });
  }

  /** "12 seconds", "3 minutes". */
  time(seconds) {
    if (seconds === null) return this.say("a_moment");
    const [value, unit] = seconds < 100 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
    return new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "long" }).format(value);
  }

  date(text) {
    return wordDate(text, this.locale);
  }

  /** Where in a file a quote begins; what is not known here stays as the service tells it. */
  place(locator) {
    const known = this.code === "ja" && PLACES.find(([pattern]) => pattern.test(locator));
    return known ? locator.replace(...known) : locator;
  }

  refusal(reason) {
    return this.say(REASONS.includes(reason) ? reason : "refused");
  }

  fault({ kind, seconds }) {
    return this.say(kind, { time: this.time(seconds) });
  }
}
