//! The scripts that fonts have, and what is shown of each.

use ttf_parser::Face;

/// A script.
#[derive(Debug)]
pub(super) struct Script {
    /// Its name in facts.
    pub(super) name: &'static str,
    /// Two letters that show what a font is like.
    pub(super) letters: &'static str,
    /// Rows of letters.
    pub(super) rows: &'static [&'static str],
    /// A sentence with as many of them as there are.
    pub(super) sentence: &'static str,
    /// Whether it runs from right to left.
    pub(super) is_right_to_left: bool,
}

const fn script(
    name: &'static str,
    letters: &'static str,
    rows: &'static [&'static str],
    sentence: &'static str,
) -> Script {
    Script { name, letters, rows, sentence, is_right_to_left: false }
}

const fn right_to_left(script: &Script) -> Script {
    Script { is_right_to_left: true, ..*script }
}

/// Those that are known, the ones first that most fonts are made for.
static KNOWN: [Script; 14] = [
    script(
        "latin",
        "Aa",
        &["ABCDEFGHIJKLM", "NOPQRSTUVWXYZ", "abcdefghijklm", "nopqrstuvwxyz", "0123456789&?!@"],
        "The quick brown fox jumps over the lazy dog",
    ),
    script(
        "greek",
        "Αα",
        &["ΑΒΓΔΕΖΗΘΙΚΛΜ", "ΝΞΟΠΡΣΤΥΦΧΨΩ", "αβγδεζηθικλμ", "νξοπρστυφχψω"],
        "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    ),
    script(
        "cyrillic",
        "Яя",
        &["АБВГДЕЖЗИЙКЛМНОП", "РСТУФХЦЧШЩЪЫЬЭЮЯ", "абвгдежзийклмноп", "рстуфхцчшщъыьэюя"],
        "Съешь же ещё этих мягких французских булок",
    ),
    script("armenian", "Աա", &["ԱԲԳԴԵԶԷԸԹԺԻԼ", "աբգդեզէըթժիլ"], "աբգդեզէըթժիլխծկհձղճմ"),
    script("georgian", "აბ", &["აბგდევზთიკლ", "მნოპჟრსტუფქ"], "ღყშჩცძწჭხჯჰ"),
    right_to_left(&script("hebrew", "אב", &["אבגדהוזחטיכ", "למנסעפצקרשת"], "דג סקרן שט בים מאוכזב")),
    right_to_left(&script(
        "arabic",
        "عب",
        &["ابتثجحخدذرزس", "شصضطظعغفقكلم"],
        "أبجد هوز حطي كلمن سعفص قرشت ثخذ ضظغ",
    )),
    script("devanagari", "अक", &["अआइईउऊएऐओऔ", "कखगघचछजझटठ"], "डढणतथदधनपफबभमयरलवशषसह"),
    script("bengali", "অক", &["অআইঈউঊএঐওঔ", "কখগঘচছজঝটঠ"], "ডঢণতথদধনপফবভমযরলশষসহ"),
    script("tamil", "அக", &["அஆஇஈஉஊஎஏஐ", "கஙசஞடணதநப"], "மயரலவழளறன"),
    script("thai", "กข", &["กขคฆงจฉชซ", "ญดตถทธนบป"], "ผฝพฟภมยรลวศสหอฮ"),
    script("hangul", "한글", &["가나다라마바사", "아자차카타파하"], "다람쥐 헌 쳇바퀴에 타고파"),
    script("kana", "あア", &["あいうえおかきくけこ", "アイウエオカキクケコ"], "いろはにほへとちりぬるを"),
    script("han", "永字", &["天地玄黃宇宙洪荒", "一二三四五六七八九十"], "日月山水火木金土人大小中上下"),
];

/// The known scripts that a font has a whole row of.
pub(super) fn of(face: &Face<'_>) -> Vec<&'static Script> {
    let has = |letter| face.glyph_index(letter).is_some_and(|glyph| glyph.0 != 0);
    // Signs may be missing, and capitals are all that there is in fonts for headlines.
    let has_row = |row: &str| {
        let mut letters = row.chars().filter(|letter| letter.is_alphabetic()).peekable();
        letters.peek().is_some() && letters.all(has)
    };
    KNOWN.iter().filter(|script| script.rows.iter().any(|row| has_row(row))).collect()
}
