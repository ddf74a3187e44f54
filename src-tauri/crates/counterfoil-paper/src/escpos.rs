//! Bytes for a slip printer that speaks ESC/POS.
//!
//! The commands are the `escpos` crate's, written into memory. Letters go out in code page 858
//! (Western European with the euro), which all printers of this kind have. Another letter loses
//! its accents; one that is not there even so is printed as [`REPLACEMENT`], and a line at the end
//! says so. Nothing of a text reaches the printer but printable characters of that page: no text
//! holds a command.

use std::cell::RefCell;

use escpos::driver::Driver;
use escpos::errors::Result as Written;
use escpos::printer::Printer;
use escpos::printer_options::PrinterOptions;
use escpos::utils::{
    JustifyMode, PageCode, Protocol, QRCodeCorrectionLevel, QRCodeModel, QRCodeOption,
};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::layout::{Ink, Set, lines, wrapped};
use crate::paper::Paper;
use crate::text::harmless;

/// Stands for a letter that the printer does not have.
pub const REPLACEMENT: char = '?';

/// The upper half of code page 858, from 0x80 on; blanks are its lines, blocks and invisible marks,
/// which no text needs. The crate's own table gives U+002D the code of a soft hyphen and lacks Ò,
/// so letters are turned into bytes here. What is not in here and not printable ASCII never
/// reaches the printer.
const LETTERS: [&str; 4] = [
    "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ",
    "áíóúñÑªº¿®¬½¼¡«»     ÁÂÀ©    ¢¥ ",
    "      ãÃ       ¤ðÐÊËÈ€ÍÎÏ    ¦Ì ",
    "ÓßÔÒõÕµþÞÚÛÙýÝ¯´ ± ¾¶§÷¸°¨·¹³²  ",
];

/// Dots of one module of the code: 3 mm high letters beside it, read at arm's length.
const CODE_SIZE: u8 = 5;

/// Lines that leave the cutter above the last printed one.
const FEED: u8 = 4;

/// A paper that cannot be set for this printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotSet(pub String);

impl std::fmt::Display for CannotSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the paper cannot be set for this printer: {}", self.0)
    }
}

impl std::error::Error for CannotSet {}

/// The bytes of a paper in lines of `columns` characters, from initialising the printer to cutting
/// the paper.
///
/// # Errors
/// [`CannotSet`] where the command set has no way to say it.
pub fn bytes(paper: &Paper, columns: usize) -> Result<Vec<u8>, CannotSet> {
    let mut replaced = false;
    let mut set = lines(paper, columns, &mut |text| {
        let (fitting, all) = in_page(&harmless(text));
        replaced |= !all;
        fitting
    });
    if replaced {
        let words = format!("{REPLACEMENT} stands for a letter this printer does not have");
        for text in wrapped(&words, columns) {
            set.push(Set::Line { text, ink: Ink::Plain, centred: true });
        }
    }
    write(&set, columns).map_err(|error| CannotSet(error.to_string()))
}

fn write(set: &[Set], columns: usize) -> Written<Vec<u8>> {
    let columns = u8::try_from(columns).unwrap_or(u8::MAX);
    let options = PrinterOptions::new(Some(PageCode::PC858), None, columns);
    let mut printer = Printer::new(Memory::default(), Protocol::default(), Some(options));
    printer.init()?;
    for one in set {
        match one {
            Set::Line { text, ink, centred } => {
                let size = if *ink == Ink::Large { 2 } else { 1 };
                let justify = if *centred { JustifyMode::CENTER } else { JustifyMode::LEFT };
                printer.justify(justify)?.size(size, size)?.bold(*ink != Ink::Plain)?;
                printer.custom(&in_bytes(text))?.feed()?;
            }
            Set::Code(content) => {
                let model = QRCodeModel::Model2;
                let option = QRCodeOption::new(model, CODE_SIZE, QRCodeCorrectionLevel::M);
                printer.justify(JustifyMode::CENTER)?.size(1, 1)?.bold(false)?;
                printer.qrcode_option(content, option)?.feed()?;
                printer.custom(&in_bytes(content))?.feed()?;
            }
        }
    }
    printer.feeds(FEED)?.print_cut()?;
    Ok(printer.driver().0.into_inner())
}

/// The text in characters of the page, and whether that is all of it.
fn in_page(text: &str) -> (String, bool) {
    let mut all = true;
    let mut fitting = String::with_capacity(text.len());
    for c in text.nfc() {
        if has(c) {
            fitting.push(c);
            continue;
        }
        match plainer(c) {
            Some(plainer) => fitting.push_str(&plainer),
            None => {
                fitting.push(REPLACEMENT);
                all = false;
            }
        }
    }
    (fitting, all)
}

fn has(c: char) -> bool {
    byte_of(c).is_some()
}

fn byte_of(c: char) -> Option<u8> {
    if matches!(c, ' '..='~') {
        return u8::try_from(c).ok();
    }
    let place = LETTERS.iter().flat_map(|row| row.chars()).position(|letter| letter == c)?;
    u8::try_from(place).ok()?.checked_add(0x80)
}

/// One byte for each character: text that is set is of the page already.
fn in_bytes(text: &str) -> Vec<u8> {
    let replacement = byte_of(REPLACEMENT).unwrap_or(b' ');
    text.chars().map(|c| byte_of(c).unwrap_or(replacement)).collect()
}

/// The same said with what the page has: typographic marks, ligatures and accents it lacks.
fn plainer(c: char) -> Option<String> {
    let simple = match c {
        '\u{2018}' | '\u{2019}' | '\u{2032}' => "'",
        '\u{201C}' | '\u{201D}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{2026}' => "...",
        '\u{2192}' => "->",
        '\u{200C}' | '\u{200D}' => "",
        _ => {
            let bare: String = c.to_string().nfkd().filter(|c| !is_combining_mark(*c)).collect();
            // A mark that stood alone vanishes: that would not be the same text.
            return (!bare.is_empty() && bare.chars().all(has)).then_some(bare);
        }
    };
    Some(simple.to_owned())
}

/// A printer that is a piece of memory.
#[derive(Default)]
struct Memory(RefCell<Vec<u8>>);

impl Driver for Memory {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn write(&self, data: &[u8]) -> Written<()> {
        self.0.try_borrow_mut()?.extend_from_slice(data);
        Ok(())
    }

    fn read(&self, _buffer: &mut [u8]) -> Written<usize> {
        Ok(0)
    }

    fn flush(&self) -> Written<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::paper::Part;

    fn printed(value: &str) -> Vec<u8> {
        let mut paper = Paper::titled("T");
        paper.line("n", value);
        bytes(&paper, 42).expect("it is set")
    }

    fn holds(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn letters_of_the_page_are_one_byte_each_and_others_are_replaced_and_said() {
        assert!(holds(&printed("Zoë £5 €"), b"Zo\x89 \x9c5 \xd5"));
        assert!(holds(&printed("Győr Łódź"), b"Gyor ?\xa2dz"));
        assert!(holds(&printed("“so” – …"), b"\"so\" - ..."));
        let arabic = printed("محمد");
        assert!(holds(&arabic, b"????") && holds(&arabic, b"stands for a"));
        assert!(!holds(&printed("Zoë"), b"stands for a"));
    }

    #[test]
    fn the_table_of_letters_is_that_of_the_page() {
        assert_eq!(LETTERS.map(|row| row.chars().count()), [32; 4]);
        let check = |c: char, byte: u8| assert_eq!(byte_of(c), Some(byte), "{c}");
        check('-', b'-');
        check('Ç', 0x80);
        check('ƒ', 0x9F);
        check('»', 0xAF);
        check('Á', 0xB5);
        check('€', 0xD5);
        check('Ò', 0xE3);
        check('ß', 0xE1);
        check('²', 0xFD);
        assert_eq!((byte_of('\u{1b}'), byte_of('\u{AD}'), byte_of('█')), (None, None, None));
    }

    #[test]
    fn a_text_holds_no_command() {
        let bytes = printed("\u{1b}@\u{1d}V\u{0}\u{10}\u{14}\u{1}☺♥");
        let harmless = printed("........☺♥");
        let commands = |bytes: &[u8]| bytes.iter().filter(|b| **b < b' ').count();
        assert_eq!(commands(&bytes), commands(&harmless));
    }

    #[test]
    fn a_code_is_stored_and_printed_by_the_printer_itself() {
        let mut paper = Paper::titled("T");
        paper.parts.push(Part::Code("CF:abc".to_owned()));
        let bytes = bytes(&paper, 42).expect("it is set");
        assert!(holds(&bytes, b"\x1d(k\x09\x001P0CF:abc"), "{bytes:?}");
        assert!(holds(&bytes, b"\x1d(k\x03\x001Q0"));
    }

    proptest! {
        #[test]
        fn whatever_the_text_the_printer_gets_the_same_commands(text in ".{1,20}") {
            let width = in_page(&harmless(&text)).0.chars().count();
            prop_assume!((1..=38).contains(&width));
            let same_width = "x".repeat(width);
            let commands = |bytes: Vec<u8>| {
                bytes.into_iter().filter(|b| *b < b' ' && *b != b'\n').collect::<Vec<_>>()
            };
            let (hostile, honest) = (printed(&text), printed(&same_width));
            let said = holds(&hostile, b"stands for a");
            prop_assert!(said || commands(hostile) == commands(honest));
        }
    }
}
