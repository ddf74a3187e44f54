use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use super::*;

/// A printer that does as it is told and answers the bytes it took.
fn printer(
    act: impl FnOnce(TcpStream) -> Vec<u8> + Send + 'static,
) -> (Printer, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let place = listener.local_addr().expect("it is bound").to_string();
    let taken = thread::spawn(move || act(listener.accept().expect("somebody comes").0));
    (Printer::at(&place), taken)
}

fn takes_all(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it reads to the end");
    bytes
}

fn quick() -> PrintLimits {
    PrintLimits { connect: Duration::from_millis(300), whole: Duration::from_millis(300) }
}

#[test]
fn a_printer_that_takes_all_and_closes_has_printed_every_byte() {
    let (printer, taken) = printer(takes_all);
    let paper: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    assert_eq!(printer.print(&paper, PrintLimits::default()), Ok(()));
    assert_eq!(taken.join().expect("it ended"), paper);
}

#[test]
fn a_printer_that_is_away_has_surely_printed_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr();
    let nobody = Printer::at(&free.expect("it was bound").to_string());
    for away in [nobody, Printer::at("/dev/usb/none"), Printer::at("no.such.host.invalid:9100")] {
        let failed = away.print(b"paper", quick()).expect_err("nobody is there");
        assert!(!failed.may_have_printed(), "{failed}");
    }
}

#[test]
fn a_printer_that_breaks_off_or_never_ends_may_have_printed() {
    let cut = |mut stream: TcpStream| {
        let mut some = vec![0; 100];
        stream.read_exact(&mut some).expect("it takes some");
        some
    };
    let silent = |stream: TcpStream| {
        thread::sleep(Duration::from_millis(900));
        takes_all(stream)
    };
    // More than any buffer between the two keeps.
    let long = vec![b'x'; 30_000_000];
    let breaks_off = |(printer, _taken): (Printer, _), paper: &[u8]| {
        let failed = printer.print(paper, quick()).expect_err("it does not end");
        assert!(failed.may_have_printed(), "{failed}");
    };
    breaks_off(printer(cut), &long);
    breaks_off(printer(silent), &long);
    breaks_off(printer(silent), b"short");
}

#[test]
#[cfg(target_os = "linux")]
fn a_device_takes_bytes_or_says_why_not_and_a_file_is_no_printer() {
    let print = |path: &str| Printer::at(path).print(b"paper", quick());
    assert_eq!(print("/dev/null"), Ok(()));
    assert!(print("/dev/full").expect_err("it is full").may_have_printed());
    let file = tempfile::NamedTempFile::new().expect("a file");
    let failed = print(&file.path().display().to_string()).expect_err("it is a file");
    assert!(!failed.may_have_printed() && failed.to_string().contains("no device"), "{failed}");
    assert_eq!(std::fs::read(file.path()).expect("it reads"), b"", "nothing was written");
}

#[test]
fn the_bytes_of_a_slip_arrive_as_they_were_set() {
    use counterfoil_paper::paper::{Paper, Part};
    let mut paper = Paper::titled("Refund - Hill Garage");
    paper.marks.push("COPY 2".to_owned());
    paper.parts.push(Part::Banner("QUEUED, NOT EXECUTED".to_owned()));
    paper.text("Waiting to send to Bumper. No money moved by it so far.");
    paper.line("To return", "GBP 42.00");
    paper.line("Asked by", "Zoë \u{1b}@ محمد");
    paper.parts.push(Part::Code("CF:01931a2b-7c00-7000-8000-000000000001".to_owned()));
    let bytes = counterfoil_paper::bytes(&paper, counterfoil_paper::COLUMNS).expect("it is set");
    let (printer, taken) = printer(takes_all);
    assert_eq!(printer.print(&bytes, PrintLimits::default()), Ok(()));
    let shown = taken.join().expect("it ended").escape_ascii().to_string();
    // One line of the snapshot for each line of paper.
    insta::assert_snapshot!(shown.replace("\\x1bd\\x01", "\\x1bd\\x01\n"));
}
