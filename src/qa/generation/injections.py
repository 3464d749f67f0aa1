"""Keeps what stands in a document from being taken for an instruction to the model (prompt injection, Greshake et al. 2023,
doi:10.1145/3605764.3623985).

Sentences that speak to a model and not to a reader ("ignore the instructions above"), and the paragraphs that hold such, are
neither sent nor count as evidence.
What chat templates and our own numbering are made of ("<|im_start|>", "[INST]", "[1]") is sent with other brackets, for servers
read such marks wherever they stand. Neither is all that holds a model back: whatever it writes is checked.
"""

from __future__ import annotations

import re

from qa.text.escaping import escape_control_characters

_OTHER_BRACKETS = str.maketrans("<>", "‹›")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"
)
_BRACKETED = re.compile(r"\[(\s*/?\s*(?:\d[\d\s,;–-]*|[A-Z_]{2,20})\s*)\]")
_TO_A_MODEL = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:ignore|disregard|forget|override|bypass|overlook|neglect)\b.{0,60}\b(?:above|previous|prior|preceding|earlier"
        r"|instructions?|prompts?|rules?|guidelines|passages?|question|everything|anything)\b",
        r"\b(?:system|developer|hidden|original|initial|new|your)\s+(?:prompt|instructions?|directives?)\b",
        r"\b(?:prompt|instructions?)\s*(?:injection|override)\b",
        r"^\W*(?:system|assistant|user|human|ai|developer|tool|instructions?|admin)\s*(?:message|prompt|note|turn)?\s*[:>\]|]",
        r"[<‹]\s*[|/]?\s*(?:system|assistant|user|human|im_start|im_end|start_of_turn|end_of_turn|eot_id|s|inst|sys|think"
        r"|tool_call|function_call|instructions?)\b.{0,40}[>›]",
        r"[\[(⟦]\s*/?\s*(?:INST|SYS|SYSTEM|ASSISTANT|USER)\s*[\])⟧]",
        r"\b(?:language model|chat ?bot|chatgpt|gpt-?\d|llm|ai (?:models?|assistants?|agents?|systems?))\b.{0,80}"
        r"\b(?:must|should|shall|will|please|respond|reply|answer|say|output|print|write|ignore|cite|tell|never|always)\b",
        r"\byou are (?:now|no longer|a (?:helpful|different|new|large)|an? (?:ai|assistant|model|unrestricted|expert))\b",
        r"\b(?:respond|reply|answer|speak) (?:as if|as though|as an?\b|like an?\b|only in\b|only with\b|exclusively)",
        r"\bpretend\b.{0,40}\b(?:to be|you|that)\b",
        r"\b(?:answer|respond|reply|say|state|output|print|write|repeat|cite|append|add|insert|include|mention|end|begin|start"
        r"|tell)\b.{0,60}\b(?:the (?:user|reader|human|question(?:er)?)|your (?:answer|reply|response|output|summary)"
        r"|every (?:answer|sentence|question|reply)|all questions|any question|(?:the|this) (?:following )?(?:phrase|word|link"
        r"|image|sentence|markdown|exact|text))\b",
        r"\b(?:when|if) (?:(?:you are |you're |being )(?:asked|answering|processing)|asked about|answering|summari[sz]ing"
        r"|processing this|reading this)\b",
        r"\b(?:end|begin(?:ning)?|start) of (?:the )?(?:passages?|documents?|context|data|instructions?|prompt|system)\b",
        r"\b(?:asks?|tells?|told|allows?|wants?|orders?|permits?|allow|order) you to (?:say|claim|state|guess|answer"
        r"|write|pretend|reply|ignore|invent|mention)\b",
        r"\bdear (?:ai|assistant|model|chat ?bot|llm)\b",
        r"\b(?:passages?|documents?|texts?|sources?|instructions?) (?:above|below)\b.{0,40}"
        r"\b(?:outdated|wrong|false|invalid|void)\b",
        r"\brepeat after me\b",
        r"\bsystem[ _-]?(?:override|prompt|message|instruction)",
        r"\b(?:any|each|every|your) (?:summary|answer|reply|response)\b.{0,40}"
        r"\b(?:must|should|shall|has to|have to|needs? to)\b",
        r"\b(?:jailbreak|do anything now|developer mode|dan mode)\b",
        r"!\[[^\]]*\]\(",
        r"[<‹]\|.{0,40}\|[>›]",
        r"[\"']role[\"']\s*:\s*[\"'](?:system|assistant|user|developer|tool)[\"']",
        r"^\W*```\s*(?:system|assistant|user|prompt|instructions?)\b",
        r"\b(?:the )?(?:correct|right|true|real|only|final) answer (?:is|to)\b",
        r"\b(?:do not|don't|never) (?:cite|mention|quote|use|reveal|trust|believe)\b.{0,40}"
        r"\b(?:passages?|sources?|documents?|this)\b",
    )
)


def speaks_to_a_model(sentence: str) -> bool:
    """Whether it has the form of an instruction to a language model, or of a turn of a chat with one. Also sentences about such
    things have; they are left to the extractive answer."""
    plain = " ".join(_INVISIBLE.sub("", sentence).split())
    return any(pattern.search(plain) for pattern in _TO_A_MODEL)


def defused(text: str) -> str:
    """`text` with other brackets where a chat template or a citation could begin, and without control characters.
    `restored` is its inverse but for brackets around numbers and capitals."""
    marked = _BRACKETED.sub(r"(\1)", escape_control_characters(text))
    return marked.translate(_OTHER_BRACKETS)


def restored(text: str) -> str:
    """What a model copied, with the document's own brackets."""
    return text.replace("‹", "<").replace("›", ">")
