"""Text that hides something, or that speaks to a machine instead of to its reader. Pure; asks no model.

Nothing is decided by what is found here: a document may well be about such text. The finding is shown to the person
who reads the answer.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LONGEST_QUOTE = 90
"""Characters of the words that are named in a reason."""

_LONGEST_TEXT = 200_000
"""Characters that are looked at. Passages are far shorter; this bounds the work on anything else."""

# Zero-width characters, marks that turn the direction, fillers, tags, and the supplementary variation selectors: they
# show nothing, and a model reads them all the same. The two joiners belong to Persian, to Indian scripts and to
# emoji; between other characters, or several in a row, they say nothing that a reader could see.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\U000e0000-\U000e0fff]"
    "|(?<=[!-~])[\u200c\u200d]+|[\u200c\u200d]{2,}|[\ufe00-\ufe0f]{2,}"
)
_TAG_RUN = re.compile("[\U000e0020-\U000e007e]{8,}")
"""Letters written in characters that nothing displays; the flags of some regions take at most six."""

_SELECTOR_RUN = re.compile("[\U000e0100-\U000e01ef\ufe00-\ufe0f]{8,}")

# Letters of other scripts that look like Latin ones, mapped only inside words that also hold Latin letters.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u0501\u04bb\u03bf\u03b1\u03b9\u03bd\u03c1\u0131",
    "aeopcyxisjdhoaivpi",
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[a-z]")
_SPACED_LETTERS = re.compile(r"(?<!\w)[^\W\d_](?:[ .\-_*][^\W\d_]){2,}(?!\w)")
_EMPHASIS = re.compile(r"[*`~]+|(?<!\w)_+|_+(?!\w)")
_BLANKS = re.compile(r"\s+")


def without_unseen(text: str) -> str:
    """``text`` without the characters that a reader cannot see and a model can."""
    return text if text.isascii() else _UNSEEN.sub("", text)


@lru_cache(maxsize=256)  # the passages that answer are often the same
def reads_like_instructions(text: str) -> str:
    """Why ``text`` reads as if it were meant for a language model, naming its words; empty where it does not.

    Takes any text in any language; the words looked for are those of seventeen languages. Made to be silent on manuals,
    policies and instructions for people: an imperative alone is never enough.

    The reason is one line of plain text and holds words of the document: whoever shows it must escape it.
    """
    text = text[:_LONGEST_TEXT]
    if _TAG_RUN.search(text) or _SELECTOR_RUN.search(text):
        said = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
        return f"It hides text in characters that are not displayed{_quoted(said)}."
    flat = _flattened(text)
    for pattern, why in _SIGNS:
        found = pattern.search(flat)
        if found:
            return f"{why}{_quoted(found[0])}."
    return ""


def _quoted(words: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    if len(words) > _LONGEST_QUOTE:
        words = f"{words[: _LONGEST_QUOTE - 1].rstrip()}\u2026"
    return f": \u201c{words}\u201d" if words else ""


def _flattened(text: str) -> str:
    """Lower case on one line, without what only disguises words."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", without_unseen(text))
    text = text.casefold()
    if not text.isascii():
        text = _WORD.sub(_in_latin, text)
    text = _SPACED_LETTERS.sub(lambda run: re.sub(r"[ .\-_*]", "", run[0]), text)
    return _BLANKS.sub(" ", _EMPHASIS.sub("", text))


def _in_latin(word: re.Match[str]) -> str:
    """A word that mixes scripts, in Latin letters."""
    return word[0] if word[0].isascii() or not _LATIN.search(word[0]) else word[0].translate(_LOOKALIKES)


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


# English. An order to drop orders needs all three: the verb, a word that says "those you have", and what they are.
_DROP = _any(
    "ignor(?:e|ing)", "disregard(?:ing)?", "forget", "overrid(?:e|ing)", "bypass",
    "(?:do not|don't|never|stop) (?:heed|follow(?:ing)?|obey(?:ing)?)", "pay no attention to",
)  # fmt: skip
_GIVEN = _any(
    "previous(?:ly)?", "prior", "earlier", "above", "preceding", "existing", "original", "initial", "system",
    "developer", "your", "you (?:have|were|got|received|had)[^.!?]{0,20}",
)  # fmt: skip
_ORDERS = _any(
    "instructions?", "prompts?", "directives?", "guardrails?", "programming", "system messages?",
    "(?:safety )?guidelines", "rules",
)  # fmt: skip
_MACHINE = _any(
    "a\\.?i\\.?(?: (?:assistants?|models?|systems?|agents?|chatbots?))?", "llms?", "(?:large )?language models?",
    "chatbots?", "chatgpt", "gpt(?:-\\w+)?", "copilot", "gemini", "claude", "virtual assistants?",
    "(?:automated|digital) assistants?", "bots?", "retrieval systems?",
)  # fmt: skip
_REPLY = _any("answer", "reply", "respond", "output", "print", "write", "say", "return", "repeat", "reveal", "include")

_ENGLISH = (
    rf"\b{_DROP} (?:(?:all|any|every|each|of|the|these|those|my|such|and|or|everything|anything|{_GIVEN}) )"
    rf"{{0,5}}?{_GIVEN},? (?:(?:and|or|{_GIVEN}|\w+) ){{0,2}}?{_ORDERS}\b(?! (?:supplied|enclosed|if you have)\b)",
    rf"\b{_DROP} (?:all |everything )?(?:of )?(?:the )?above,? and (?:instead |just |only |then )*{_REPLY}\b",
    rf"\b{_DROP} (?:all |any )?(?:of )?(?:the )?other passages\b",
    rf"\b{_DROP} (?:all |any |every )?(?:the |these |those |of the )*{_ORDERS} "
    rf"(?:above|before|so far|(?:you )?(?:were|have been) (?:given|told)|from (?:the )?(?:system|developer|user)|"
    rf"until now)\b",
    rf"\b{_DROP} (?:everything|anything|all|what) (?:that )?(?:you (?:were|have been|had been) (?:told|taught)|"
    rf"you know|"
    r"(?:written |said |stated )?(?:above|before|until now|so far))\b",
)
_ADDRESSED = (
    rf"\b(?:attention|note|notice|message|memo|instructions?|important|warning|dear|hello|hey)[,:;]? "
    rf"(?:to |for |all )*(?:the |any |every |all )?{_MACHINE}(?: \w+){{0,4}}?[:,!\u2014] ?(?:please |you |always |"
    rf"never |"
    rf"do |ignore|disregard|{_REPLY})(?!(?:do not |don't )?(?:crawl|index|scrape)\b)",
    r"\b(?:note|message|memo) (?:to|for) (?:the |any |every |all )?(?:a\.?i\.?|llms?|(?:large )?language models?|"
    r"(?:ai|chat) ?(?:assistants?|models?|bots?)) ?[:!\u2014]",
    rf"\bas an? {_MACHINE}(?: {_MACHINE})? reading this\b",
    rf"\bif you(?: are|'re) an? {_MACHINE}(?=[,.:;!\u2014]| (?:that |which |who |now |currently )?(?:read|process|"
    r"summari|or |and |you ))",
    rf"\b(?:as|being) an? {_MACHINE},? you (?:must|should|shall|will|are (?:required|to|now))\b",
    rf"\b{_MACHINE} (?:that |which |who )?(?:reads?|reading|process(?:es|ing)|summari[sz](?:es?|ing)) this "
    r"(?:\w+ )?(?:must|should|shall|has to|have to|is to|are to|will)\b",
    r"\byou are now (?:in )?(?:(?:an?|the|my) )?(?:\w+ ){0,3}?(?:dan|developer mode|assistant|ai|chatbot|model|"
    r"unrestricted|jailbroken|free(?:d)? (?:of|from) (?:all |any |your )*(?:rules|restrictions|instructions))\b",
    r"\b(?:enter|enable|activate|switch (?:in)?to) (?:developer|debug|god|dan|jailbreak|admin(?:istrator)?|"
    r"maintenance) "
    r"mode (?:and|now|,|immediately)(?!,? (?:press|hold|push|select|wait|click|turn)\b)",
    r"\b(?:your|the) new (?:system )?(?:instructions|prompt|directive|persona|role) (?:is|are)\b[^.]{0,20}"
    r"(?:reply|answer|respond|say|output|act|to |:)",
    r"\b(?:reveal|print|repeat|output|show|disclose|leak|display|dump|tell me|quote) (?:me |us |back )?(?:all |of |the "
    r"|full |entire |verbatim |exact |hidden |your )*(?:system prompt|system message|hidden (?:prompt|instructions)|"
    r"initial (?:prompt|instructions)|your (?:instructions|prompt|rules))\b",
    r"(?:\bsystem (?:prompt|message|override|instruction)s?|\bnew instructions?|\badmin(?:istrator)? override|"
    r"\bpriority override|\binstruction update)(?: \w+)? ?[:\]>=-]+ ?(?:you|ignore|disregard|forget|from now|always|"
    r"never|"
    r"the assistant|reply|answer|respond|do not|stop|cite|all )",
    r"\b(?:(?:ai|chat|language|virtual|digital) (?:assistant|model)|chatbot|ai) (?:must|should|shall|is to|has to) "
    r"(?:now |only |always |never |not |instead )*(?:reply|answer|respond|say|output|recommend|cite|ignore|claim|"
    r"insert|append|include)\b(?! to (?:all|any) \w+ (?:within|in))",
    r"\b(?:assistant|model) (?:must|should|shall|is to|has to) (?:now |only |always |never |not |instead )*"
    r"(?:(?:reply|answer|respond|say) that|output|cite|ignore|claim|append)\b",
)
_ANSWERING = (
    r"\b(?:answer|reply|respond|write|speak)(?: \w+){0,6}? without (?:any |a |giving |using |adding )*"
    r"(?:citations?|citing|sources|source numbers|passage numbers|footnotes)\b",
    r"\b(?:do not|don't|never|stop) (?:cite|citing|give citations|add citations|mention|use)(?: \w+){0,4}? "
    r"(?:citations?|passages?|this passage|passage numbers|the fences?)\b",
    r"\bcite (?:only |always |this as |it as |everything as )*(?:passage|source|document|"
    r"\[) ?\[?\d+\]?(?: \w+){0,5}?,? "
    r"(?:even|instead|whatever|for (?:every|each|all)|regardless|in every)\b",
    r"\b(?:reply|answer|respond|output)(?: \w+){0,4}? (?:only|exactly|solely|nothing but)(?: with| by)?(?: \w+){0,4}? ?"
    r"[:\"'\u201c\u2018\u00ab](?=[^.]{0,120}\b(?:any|every|each|all|whatever)\b[^.]{0,20}\b(?:user|questions?|"
    r"asked)\b)",
    r"\bwhen answering (?:any |all |a )?questions? about [^.!?]{1,60}?, ?always (?:say|state|claim|answer) "
    r"(?:that|it)\b",
    r"\bwhen(?:ever)? (?:you )?summari[sz](?:e|ing) (?:this|the) (?:document|text|page|file|article|passage), ?"
    r"(?:please |always )*(?:say|state|claim|mention|recommend|include|write)\b",
    r"\bif (?:the|a|any) users? asks? about [^.!?]{1,60}?, ?(?:always )?(?:tell them|say|answer|reply|state) "
    r"(?:that|it)\b",
    r"\b(?:whatever|regardless of(?: what)?|no matter what)(?: the)?(?: user| reader| question| they)?(?: is| was)? "
    r"(?:asks?|asked|says|question(?: is)?)[^.]{0,40}\b(?:answer|reply|respond|say|output)\b",
    r"\b(?:include|insert|add|append|embed|put|render|display|show|end|begin|start)\b[^.!?]{0,60}\b(?:link|image|"
    r"picture|"
    r"markdown|html|url|tag|pixel|iframe|script)\b[^.!?]{0,60}\b(?:in|to|into|of|with|at the end of) (?:your|every|"
    r"each) "
    r"(?:answers?|repl(?:y|ies)|responses?|output|summar(?:y|ies))\b",
    r"\b(?:end|begin|start|finish|preface) (?:your|every|each|all) (?:answers?|repl(?:y|ies)|responses?|summar(?:y|"
    r"ies)) "
    r"(?:with|by)\b",
    r"\b(?:call|invoke|use) the (?:\w+ )?(?:tool|function|plugin) [^.!?]{0,60}\band (?:then )?(?:reply|answer|respond|"
    r"exfiltrate|(?:send|forward|e-?mail|post|upload) (?:it|them|the (?:answer|conversation|question|documents?|"
    r"result)))\b",
    r"\b(?:decode|decrypt|deobfuscate)\b[^.!?]{0,60}\b(?:base[ -]?64|rot[ -]?13|hex(?:adecimal)?)\b[^.!?]{0,40}\b"
    r"and (?:follow|obey|execute|carry out|do what|act on)\b",
)

# Marks by which the templates of chat models take roles apart. Nothing but such a template needs them.
_TEMPLATE = (
    r"<\|(?:im_start|im_end|im_sep|system|user|assistant|eot_id|start_header_id|end_header_id|begin_of_text|endoftext|"
    r"start|channel|message|start_of_turn_token|end_of_turn_token|start_of_role)\|>",
    r"<[|](?:user|assistant|system|begin.of.sentence|end.of.sentence|tool.\w+)[|]>",
    r"<</?sys>>|<(?:start|end)_of_turn>",
    r"\[/?inst\].{0,400}\[/?inst\]",
    r"</passage-[0-9a-f]{4,}|<passage-[0-9a-f]{4,}",
)

# The same order, to drop what one was told, as it is given in other languages.
_ELSEWHERE = (
    # German, Dutch
    r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*|beachte(?:n sie)? nicht)\b[^.!?]{0,40}\b(?:vorherig\w*|"
    r"bisherig\w*|"
    r"vorig\w*|obig\w*|früher\w*|vorangegangen\w*|deine|ihre)\b[^.!?]{0,25}\b(?:anweisung\w*|instruktion\w*|befehl\w*|"
    r"vorgaben|regeln|prompts?)\b",
    r"\b(?:vergiss|vergessen sie|ignorier\w*) alles,? (?:was )?[^.!?]{0,20}\b(?:oben|vorher|bisher|zuvor|davor)\b",
    r"\b(?:negeer|vergeet)\b[^.!?]{0,40}\b(?:vorige|eerdere|voorgaande|bovenstaande|je)\b[^.!?]{0,25}\b(?:instructies|"
    r"opdrachten|regels|aanwijzingen)\b",
    # French, Spanish, Italian, Portuguese
    r"\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) (?:pas|aucun) compte)\b[^.!?]{0,40}\b(?:instructions|consignes|"
    r"ordres|"
    r"règles|directives)\b[^.!?]{0,25}\b(?:précédent\w*|antérieur\w*|ci-dessus|reçu\w*|initial\w*)\b",
    r"\b(?:ignor[ae]n?|olvid[ae]n?|haz caso omiso|no (?:hagas|siga[sn]?))\b[^.!?]{0,40}\b(?:instrucciones|órdenes|"
    r"reglas|"
    r"indicaciones)\b[^.!?]{0,25}\b(?:anteriores|previas|arriba|recibid\w*|iniciales)\b",
    r"\b(?:ignora(?:re|te)?|dimentica(?:re|te)?)\b[^.!?]{0,40}\b(?:istruzioni|regole|indicazioni|ordini)\b[^.!?]{0,25}"
    r"\b(?:precedenti|sopra|ricevut\w*|iniziali)\b",
    r"\b(?:ignor[ea]m?|esqueç[ae]m?|desconsider[ea]m?)\b[^.!?]{0,40}\b(?:instruções|ordens|regras|"
    r"orientações)\b[^.!?]{0,25}"
    r"\b(?:anteriores|acima|prévias|recebid\w*|iniciais)\b",
    # Polish, Czech, Russian, Ukrainian, Turkish
    r"\b(?:zignoruj|ignoruj|zapomnij)\b[^.!?]{0,40}\b(?:poprzedni\w*|wcześniejsz\w*|"
    r"powyższ\w*)\b[^.!?]{0,25}\b(?:instrukcj\w*|"
    r"polece\w*|zasad\w*)",
    r"\b(?:ignoruj|zapomeň)\b[^.!?]{0,40}\b(?:předchozí\w*|dřívější\w*)\b[^.!?]{0,25}\b(?:pokyn\w*|instrukc\w*)",
    r"\b(?:игнорируй\w*|проигнорируй\w*|забудь\w*)\b[^.!?]{0,40}\b(?:предыдущ\w*|прежн\w*|прошл\w*|ранее)\b[^.!?]{0,25}"
    r"\b(?:инструкци\w*|указани\w*|правил\w*|команд\w*)",
    r"\b(?:ігноруй\w*|проігноруй\w*|забудь\w*)\b[^.!?]{0,40}\b(?:попередн\w*)\b[^.!?]{0,25}\b(?:інструкці\w*|"
    r"вказівк\w*)",
    r"\b(?:önceki|yukarıdaki|daha önceki)\b[^.!?]{0,25}\b(?:talimat\w*|komut\w*|"
    r"yönerge\w*)\b[^.!?]{0,25}\b(?:yok say\w*|"
    r"unut\w*|görmezden gel\w*|dikkate alma\w*)",
    # Chinese, Japanese, Korean
    r"(?:忽略|无视|無視|忘记|忘記|不要理会)[^。!?]{0,8}(?:之前|以前|先前|上面|以上|前面|此前|所有)[^。!?]{0,8}(?:指令|指示|提示|规则|規則|命令)",
    r"(?:これまで|以前|上記|前|先)[^。!?]{0,8}(?:指示|命令|ルール|プロンプト)[^。!?]{0,10}(?:無視|忘れ)",
    r"(?:이전|위|앞|지금까지)[^.!?]{0,8}(?:지시|명령|규칙|지침)[^.!?]{0,10}(?:무시|잊)",
    # Arabic, Hindi
    r"(?:تجاهل|انس|إنس)[^.!?؟]{0,20}(?:التعليمات|الأوامر|القواعد|تعليمات)[^.!?؟]{0,20}(?:السابقة|أعلاه)",
    r"(?:पिछले|पहले)[^।!?]{0,15}(?:निर्देश|आदेश|नियम)\S*[^।!?]{0,20}(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल)",
)

_SIGNS: tuple[tuple[re.Pattern[str], str], ...] = (
    *((re.compile(each), "It asks to drop earlier instructions") for each in (*_ENGLISH, *_ELSEWHERE)),
    *((re.compile(each), "It holds marks of a chat model's input") for each in _TEMPLATE),
    *((re.compile(each), "It speaks to a language model") for each in _ADDRESSED),
    *((re.compile(each), "It says how an answer is to be given") for each in _ANSWERING),
)
