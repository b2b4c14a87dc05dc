"""What the keeper's page says, its scripts included, in Japanese; the English is the key."""

from __future__ import annotations

from alliance_qa.web.pages import phrases

JAPANESE = {
    # Signing in
    "Admin": "管理",
    "Sign in": "ログイン",
    "Sign out": "ログアウト",
    "This page needs JavaScript. {alliance-qa} on the command line does the same.": (
        "このページには JavaScript が必要です。同じ操作はコマンド {alliance-qa} でもできます。"
    ),
    "Admin token": "管理トークン",
    "The value of {ALLIANCE_QA_ADMIN_TOKEN}. This page forgets it when you sign out, reload or leave.": (
        "{ALLIANCE_QA_ADMIN_TOKEN} の値です。ログアウトや再読み込みをするか、このページを離れると消去されます。"
    ),
    "Enter the admin token.": "管理トークンを入力してください。",
    "This is not the admin token of the service.": "このサービスの管理トークンではありません。",
    "The token is not valid any more. Sign in again.": "トークンが無効になりました。もう一度ログインしてください。",
    # Faults
    "The service cannot be reached. Check that it runs, then try again.": (
        "サービスに接続できません。稼働していることを確かめてから、もう一度お試しください。"
    ),
    "The file cannot be read now: {detail}.": "現在このファイルを読み取れません：{detail}。",
    "The service has no such call. It may have been started without an admin token.": (
        "サービスにこの機能がありません。管理トークンを設定せずに起動された可能性があります。"
    ),
    "The service answered with a fault ({status}): {said}.": "サービスがエラーを返しました（{status}）：{said}。",
    "it does not say which": "詳細は不明です",
    "The service could not be understood. Reload this page.": (
        "サービスの応答を読み取れませんでした。ページを再読み込みしてください。"
    ),
    # The collection
    "The collection": "収録資料",
    "Generation": "世代",
    "Built": "構築日時",
    "Model": "モデル",
    "Documents": "資料",
    "Passages": "パッセージ",
    "Wording": "言い換え",
    "paused ({fault})": "一時停止中（{fault}）",
    "does not answer ({fault})": "応答なし（{fault}）",
    "{n} {outcome}": "{outcome}{n}件",
    "{what}: {counts}": "{what}：{counts}",
    "answers": "回答",
    "selections": "文の選択",
    "follow-ups": "続きの質問",
    ", ": "、",
    "; ": "／",
    "none": "なし",
    # The rebuild
    "Rebuild the index": "索引の再構築",
    "Questions are answered from the present index until the new one is done.": (
        "新しい索引ができるまで、質問には現在の索引で回答します。"
    ),
    "Build everything again": "すべて作り直す",
    "Reads and embeds every file, also those that did not change. Otherwise only what changed is read.": (
        "変更のないファイルも含め、すべてを読み取って埋め込みを計算し直します。選ばなければ、変更分だけを読み取ります。"
    ),
    "Remove all earlier generations": "以前の世代をすべて削除する",
    "Text of documents that were taken out leaves the disk at once. Citation links of earlier answers stop working.": (
        "取り除いた資料の本文がディスクから直ちに消えます。以前の回答の出典リンクは使えなくなります。"
    ),
    "Rebuild": "再構築",
    "Remove all earlier generations?": "以前の世代をすべて削除しますか。",
    "They cannot be brought back. Citation links of answers given before the rebuild stop working.": (
        "削除した世代は元に戻せません。再構築前の回答の出典リンクは使えなくなります。"
    ),
    "Rebuild and remove": "再構築して削除",
    "Cancel": "キャンセル",
    "Starting": "開始しています",
    "Reading files": "ファイルを読み取っています",
    "Embedding passages": "パッセージの埋め込みを計算しています",
    "{stage}: {done} of {total}": "{stage}（{done}／{total}）",
    "The connection broke. Trying again": "接続が切れました。接続し直しています",
    "The index is being written already. Wait until that has ended.": (
        "索引はすでに書き込み中です。終わるまでお待ちください。"
    ),
    "The service was started again. The generation above tells whether the rebuild was done.": (
        "サービスが再起動されました。再構築が終わったかどうかは、上の世代で確かめられます。"
    ),
    "Done. Generation {version} is in use.": "完了しました。世代 {version} を使用しています。",
    "The rebuild failed: {error}. The index in use is untouched.": (
        "再構築に失敗しました：{error}。使用中の索引はそのままです。"
    ),
    # Files put in and taken out
    "Add documents": "資料の追加",
    "New files": "新規ファイル",
    "Folder": "フォルダー",
    "such as talks/2026; empty: none": "例：talks/2026（空欄可）",
    "Upload": "アップロード",
    "{types}, up to {n} MiB each. Each is read at once; the index follows.": (
        "{types}。1件につき{n} MiBまで。すぐに読み取られ、続いて索引に入ります。"
    ),
    "this service takes no files": "このサービスはファイルを受け付けません",
    "Nothing can be added or removed here: {refused}.": "ここでは追加も削除もできません：{refused}。",
    "Waiting": "待機中",
    "Upload of {path}": "{path} のアップロード",
    "Uploading": "アップロード中",
    "Uploading: {share}": "アップロード中：{share}",
    "Being read": "読み取り中",
    "Added": "追加しました",
    "Replaced": "置き換えました",
    "{done}. Read: {about}. It waits for the index.": "{done}。読み取り結果：{about}。索引への反映を待っています。",
    "Not taken: ": "受け付けられませんでした：",
    "it is larger than {n} MiB.": "{n} MiBを超えています。",
    "the service cannot be reached, or ended the connection.": "サービスに接続できないか、接続が切られました。",
    "In the index: {n} of {all}, with {passages}.": "索引に反映しました：{all}中{n}件（{passages}）。",
    "In the index, with {passages}.": "索引に反映しました（{passages}）。",
    "Not indexed: {reason}.": "索引に入りませんでした：{reason}。",
    "“{title}”": "「{title}」",
    "{n} character": "{n}文字",
    "{n} characters": "{n}文字",
    "{n} passage": "パッセージ{n}件",
    "{n} passages": "パッセージ{n}件",
    "{n} part left out": "除外{n}箇所",
    "{n} parts left out": "除外{n}箇所",
    "{n} file in it": "中のファイル{n}件",
    "{n} files in it": "中のファイル{n}件",
    "{n} in it not read": "うち読み取れないもの{n}件",
    "Replace": "置き換える",
    "Replace {n} file?": "{n}件のファイルを置き換えますか。",
    "Replace {n} files?": "{n}件のファイルを置き換えますか。",
    "Remove": "削除",
    "Remove {path}": "{path} を削除",
    "Remove {whole}, in which {path} lies": "{path} を含む {whole} を削除",
    "Remove {path}?": "{path} を削除しますか。",
    "With it goes the file in it. ": "中のファイルも一緒に削除されます。",
    "With it go the {n} files in it. ": "中の{n}件のファイルも一緒に削除されます。",
    "It is in no answer after the rebuild. Earlier generations hold its text until they are removed.": (
        "再構築後は回答に使われません。本文は、以前の世代が削除されるまでそこに残ります。"
    ),
    "{path} is removed.": "{path} を削除しました。",
    # Files
    "Files": "ファイル",
    "Show": "表示",
    "All files": "すべてのファイル",
    "Problems only": "問題のあるものだけ",
    "{files}, {indexed} indexed, {skipped} skipped, {failed} failed.": (
        "{files}（索引済み{indexed}件、対象外{skipped}件、失敗{failed}件）"
    ),
    "{n} file": "ファイル{n}件",
    "{n} files": "ファイル{n}件",
    "Files of the documents folder": "資料フォルダーのファイル",
    "File": "ファイル",
    "State": "状態",
    "What is read": "読み取り内容",
    "Every file is indexed.": "すべてのファイルが索引に入っています。",
    "The documents folder is empty.": "資料フォルダーは空です。",
    "{state}: {reason}": "{state}：{failure}（{reason}）",
    "Look": "見る",
    "Look at what is read of {path}": "{path} の読み取り内容を見る",
    "Show all {n}": "{n}件すべて表示",
    # What is read of a file
    "Back to the collection": "収録資料に戻る",
    "Reading the file…": "ファイルを読み取っています…",
    "{path} is read.": "{path} を読み取りました。",
    "The file has changed since it was indexed: this is the file as it is now.": (
        "索引に入れた後にファイルが変更されています。これは現在のファイルの内容です。"
    ),
    "Facts": "書誌情報",
    "Fact": "項目",
    "Value": "値",
    "Where it stands": "記載箇所",
    "likely {value}": "おそらく{value}",
    "Blocks of the text": "本文のブロック",
    "Block": "ブロック",
    "Place": "位置",
    "Passage": "パッセージ",
    "Text": "本文",
    "begins": "開始",
    "What is left out": "除外された部分",
    "Why": "理由",
    "Nothing is left out.": "除外された部分はありません。",
    # What was asked
    "What was asked": "利用者の質問",
    "Range": "期間",
    "{n} days": "{n}日間",
    "Questions are not kept, so there is nothing to show here.": (
        "質問を保存していないため、ここに表示するものはありません。"
    ),
    "To keep them, set {ALLIANCE_QA_QUERY_LOG} to a file, such as {questions.sqlite}, and start the service again. "
    "Each question is deleted after {ALLIANCE_QA_QUERY_LOG_DAYS} days, 30 unless you set it. "
    "No address and no browser’s name is kept.": (
        "保存するには、{ALLIANCE_QA_QUERY_LOG} に {questions.sqlite} などのファイルを設定し、"
        "サービスを再起動してください。質問は {ALLIANCE_QA_QUERY_LOG_DAYS} の日数（既定は30日）が過ぎると削除されます。"
        "アドレスやブラウザーの名前は保存されません。"
    ),
    "Questions": "質問",
    "in the last {n} day": "直近{n}日間",
    "in the last {n} days": "直近{n}日間",
    ", besides {n} of small talk": "（ほかに雑談{n}件）",
    "Answered": "回答あり",
    "Refused": "回答なし",
    "{n} of {all}": "{all}件中{n}件",
    "Median time": "応答時間の中央値",
    "95% within {time}": "95%が{time}以内",
    "{n} ms": "{n} ms",
    "{n} s": "{n}秒",
    "Thumbs up": "役に立った",
    "Thumbs down": "役に立たなかった",
    "{n} down": "役に立たなかった：{n}件",
    "Time to an answer or a refusal": "応答時間",
    "Milliseconds": "ミリ秒",
    "Median": "中央値",
    "95th percentile": "95パーセンタイル",
    "What visitors said of answers": "回答への評価",
    "Ratings": "評価",
    "Day (UTC)": "日付（UTC）",
    "Day": "日付",
    "{first} to {last}": "{first}～{last}",
    "{title}, {axis} by day, {period}. The table below has the figures.": (
        "{title}：日別の{axis}、{period}。数値は下の表にあります。"
    ),
    "The figures as a table": "数値を表で見る",
    "The latest questions": "最近の質問",
    "Nothing was asked in this range.": "この期間に質問はありませんでした。",
    "Understood as: ": "次の質問として処理：",
    "answered": "回答あり",
    "small talk": "雑談",
    "refused: {reasons}": "回答なし：{reasons}",
    "confidence {share}": "信頼度 {share}",
    "thumbs up": "役に立った",
    "thumbs down": "役に立たなかった",
    "nothing relevant": "関連する資料なし",
    "related, but not stated": "関連はあるが記載なし",
    "unclear question": "質問が不明確",
    "language not covered": "対象外の言語",
    # Coverage gaps
    "Coverage gaps": "資料の不足",
    "Download as CSV": "CSVでダウンロード",
    "Download as questions": "質問集としてダウンロード",
    "For alliance-qa evaluate": "alliance-qa evaluate 用",
    "Refused questions, grouped by meaning: what visitors look for and the collection does not say.": (
        "回答できなかった質問を意味ごとにまとめています。利用者が探していて、資料に書かれていないことが分かります。"
    ),
    "Comparing the questions…": "質問を比較しています…",
    "No question was refused in this range.": "この期間に回答できなかった質問はありませんでした。",
    "{n} refusal": "回答なし{n}件",
    "{n} refusals": "回答なし{n}件",
    "last {moment}": "最終 {moment}",
    "rising": "増加",
    "falling": "減少",
    "steady": "横ばい",
    "{way}: {before} in the first half of the range, {lately} in the second": (
        "{way}：期間の前半{before}件、後半{lately}件"
    ),
    "Nearest: ": "近い資料：",
    "All {n} questions": "全{n}件の質問",
    "Sent to you by {n} visitor": "利用者{n}人から届いています",
    "Sent to you by {n} visitors": "利用者{n}人から届いています",
    " ({sent})": "（{sent}）",
    " ({sent}, reply to {mail})": "（{sent}、返信先：{mail}）",
    "Delete": "削除",
    "Delete the message of {sent}: {question}": "{sent} のメッセージを削除：{question}",
    "Delete this message?": "このメッセージを削除しますか。",
    "{question}, from {address}": "{question}（送信者：{address}）",
    "{message}. It cannot be brought back.": "{message} 削除すると元に戻せません。",
    "The message is deleted.": "メッセージを削除しました。",
}

# Names that the service has for things of a kind; the English pages show them as they are.
_NAMES = {
    "state": {"indexed": "索引済み", "skipped": "対象外", "failed": "失敗"},
    "failure": {
        "hidden": "隠しファイル",
        "name": "使えない文字を含む名前",
        "link": "リンク",
        "special": "特殊ファイル",
        "type": "対応していない形式",
        "unreadable": "読み取り不可",
        "too_large": "大きすぎるファイル",
        "encrypted": "暗号化されたファイル",
        "damaged": "壊れたファイル",
        "encoding": "文字コードの誤り",
        "empty": "本文なし",
        "duplicate": "重複",
        "timeout": "時間切れ",
        "memory": "メモリー不足",
        "crashed": "読み取り処理の異常終了",
        "changed": "読み取り中の変更",
    },
    "fact": {
        "title": "題名",
        "author": "著者",
        "published": "発行日",
        "publisher": "発行者",
        "source_url": "出典URL",
        "language": "言語",
    },
    "block": {
        "metadata": "書誌情報",
        "heading": "見出し",
        "paragraph": "段落",
        "item": "箇条書き",
        "row": "表の行",
        "caption": "図表の説明",
        "footer": "フッター",
    },
    "left out": {
        "note mark": "注の記号",
        "struck out": "取り消された文字",
        "comment": "コメント",
        "hidden": "非表示",
        "code": "コード",
        "line number": "行番号",
        "running line": "柱・ページ番号",
        "furniture": "サイトの共通部分",
        "repeated": "重複",
        "sound": "音の説明",
        "quoted mail": "引用されたメール",
        "picture": "画像",
        "signature": "署名",
    },
    "outcome": {
        "composed": "言い換え",
        "mixed": "一部引用",
        "verbatim": "原文",
        "some": "選択あり",
        "none": "選択なし",
        "resolved": "解決",
        "refused": "不採用",
        "busy": "混雑",
        "paused": "停止中",
        "unreachable": "接続不可",
        "timeout": "時間切れ",
        "status": "HTTPエラー",
        "too_long": "長すぎる応答",
        "unfinished": "途中で終了",
        "garbled": "不正な応答",
    },
    "refused": {
        "putting and removing files is off (ALLIANCE_QA_UPLOAD_MB=0)": (
            "ファイルの追加と削除は無効です（ALLIANCE_QA_UPLOAD_MB=0）"
        ),
        "the documents folder does not exist": "資料フォルダーがありません",
        "the documents folder is read-only for this service": "資料フォルダーはこのサービスから書き込めません",
    },
}
NAMES = {f"{kind}: {name}": said for kind, names in _NAMES.items() for name, said in names.items()}

# Where a fact stands; what is not here (a tag, a property) is told as it is.
_STANDING = {r"line (\d+) of the text": "本文$1行目", "file name": "ファイル名"}


def carried(lang: str) -> dict[str, object] | None:
    """Return what the scripts need to speak a language, as JSON; None for English, which they speak by themselves."""
    if lang != "ja":
        return None
    return {"phrases": JAPANESE | NAMES, "places": [*phrases.place_patterns(), *_STANDING.items()]}
