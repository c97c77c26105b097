//! What is written is whole, readable by others, and the same numbers.

#![allow(clippy::unwrap_used, reason = "a test may stop where its builders cannot go on")]

#[path = "support/example.rs"]
mod example;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use example::Example;
use moray::export::{
    self, ExportError, Figures, InputFile, Provenance, report_json, text_table, write_all, write_atomically,
};
use moray::model::FigureStyle;
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;

fn provenance() -> Provenance {
    let input = |role: &str, file: &str, image| InputFile {
        role: role.to_owned(),
        file: file.to_owned(),
        image,
        sha256: "ab".repeat(32),
    };
    let inputs = vec![input("reference", "pristine.dm4", 1), input("scan", "2V7, \"second\".dm4", 2)];
    Provenance { recipe: Example::recipe(), inputs, session: None }
}

fn usual() -> Figures<'static> {
    static STYLE: std::sync::LazyLock<FigureStyle> = std::sync::LazyLock::new(FigureStyle::default);
    Figures::usual(&STYLE)
}

fn two_scans() -> Example {
    Example { scans: vec![("2.7 V", vec!["O1", "O2"]), ("#3, \"4\"", vec!["O1"])], ..Example::default() }
}

fn read_csv(bytes: &[u8]) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(bytes);
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    (header, rows.collect())
}

#[test]
fn everything_the_interface_names_is_written_and_nothing_else_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("new/deep");
    let files = write_all(&out, &Example::default().comparison(), &provenance(), &usual()).unwrap();
    let names: BTreeSet<String> = files.iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let expected = [
        "arrays.npz",
        "drops.csv",
        "drops.pdf",
        "drops.png",
        "drops.svg",
        "figure.pdf",
        "figure.png",
        "figure.svg",
        "methods.txt",
        "report.json",
        "spectra-o-k.csv",
        "spectra-ti-l2-3.csv",
        "ti-l.csv",
    ];
    assert_eq!(names, expected.map(str::to_owned).into_iter().collect());
    let found = std::fs::read_dir(&out).unwrap().count();
    assert_eq!(found, expected.len());
}

#[test]
fn the_same_comparison_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let write =
        |name: &str| write_all(&dir.path().join(name), &two_scans().comparison(), &provenance(), &usual()).unwrap();
    for (first, second) in write("first").iter().zip(write("second")) {
        assert_eq!(std::fs::read(first).unwrap(), std::fs::read(&second).unwrap(), "{}", second.display());
    }
}

#[test]
fn a_failed_write_leaves_the_old_file_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("drops.csv");
    write_atomically(&path, b"old").unwrap();
    write_atomically(&path, b"new").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    let folder = dir.path().join("taken");
    std::fs::create_dir_all(folder.join("inside")).unwrap();
    assert!(write_atomically(&folder, b"bytes").is_err());
    assert!(write_atomically(&dir.path().join("absent/file"), b"bytes").is_err());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn written_files_have_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let mode = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
    std::fs::write(dir.path().join("plain"), b"x").unwrap();
    write_atomically(&dir.path().join("ours"), b"x").unwrap();
    assert_eq!(mode("ours"), mode("plain"));
}

#[test]
fn the_drop_table_has_a_row_for_each_scan_site_and_peak_with_the_same_numbers() {
    let found = Example { undetected: Some("O2"), ..two_scans() }.comparison();
    let bytes = export::csv::drops(&found, &provenance()).unwrap();
    let (header, rows) = read_csv(&bytes);
    assert_eq!(rows.len(), 9);
    let column = |name: &str| header.iter().position(|title| title == name).unwrap();
    let wanted = &found.report.edges[0].peaks[0].sites;
    assert_eq!(rows[0][column("drop (fraction)")].parse::<f64>().ok(), wanted[0].drop);
    assert_eq!(rows[0][column("drop 95 % low (fraction)")].parse::<f64>().ok(), wanted[0].drop_ci95.map(|c| c[0]));
    assert_eq!(rows[0][column("p of no drop")].parse::<f64>().ok(), wanted[0].p);
    assert_eq!(rows[1][column("drop (fraction)")], "");
    assert!(rows[1][column("reason")].contains("not detected"));
    assert_eq!(rows[2][column("scan")], "#3, \"4\"");
}

#[test]
fn headers_of_tables_say_what_from_what_and_how_sure() {
    let found = Example::default().comparison();
    let text = String::from_utf8(export::csv::drops(&found, &provenance()).unwrap()).unwrap();
    let head: Vec<&str> = text.lines().take_while(|line| line.starts_with("# ")).collect();
    let has = |part: &str| head.iter().any(|line| line.contains(part));
    assert!(has(export::VERSION) && has(&provenance().recipe_sha256()) && has("pristine.dm4; image 1; SHA-256 abab"));
    assert!(has("intervals and p hold: counting noise and read noise") && has("warning: The gain is an estimate"));
    assert!(text.lines().nth(head.len()).unwrap().starts_with("scan,site,edge,peak,"));
}

#[test]
fn spectra_have_one_energy_column_and_six_for_the_reference_and_each_site() {
    let found = Example { unnormalised: Some("O2"), ..Example::default() }.comparison();
    let recipe = Example::recipe();
    let table = |k: usize, edge: &str| {
        let edge = recipe.edge(edge).unwrap();
        let shown = moray::figure::ShownEdge::of(&found.curves[k], edge);
        export::csv::spectra(&found, &shown, edge, &provenance()).unwrap()
    };
    let (header, rows) = read_csv(&table(1, "O K"));
    assert_eq!(header[..2], ["energy (eV)", "reference raw (electrons)"]);
    assert_eq!(header[9], "O1 net (electrons)");
    assert_eq!((header.len(), rows.len()), (19, 1400));
    let curve = &found.curves[1].spectra[1];
    for (k, row) in rows.iter().enumerate() {
        assert_eq!(row[9].parse::<f64>().unwrap(), curve.net[k]);
        assert_eq!(row[10].parse::<f64>().unwrap(), curve.normalised[k]);
        assert_eq!(row[12].parse::<f64>().unwrap(), curve.background_sigma[k]);
        assert_eq!(row[16], "", "O2 could not be normalised");
    }
    let (_, ti) = read_csv(&table(0, "Ti L2,3"));
    let largest = ti.iter().map(|row| row[4].parse::<f64>().unwrap()).fold(f64::MIN, f64::max);
    assert!((largest - 1.0).abs() < 1e-12, "Ti L is written as it is drawn");
}

#[test]
fn nothing_is_written_as_normalised_when_the_reference_could_not_be() {
    let found = Example { unnormalised: Some("reference"), ..Example::default() }.comparison();
    let recipe = Example::recipe();
    let edge = recipe.edge("O K").unwrap();
    let shown = moray::figure::ShownEdge::of(&found.curves[1], edge);
    let (header, rows) = read_csv(&export::csv::spectra(&found, &shown, edge, &provenance()).unwrap());
    let normalised = header.iter().position(|title| title == "O1 normalised").unwrap();
    assert!(rows.iter().all(|row| row[normalised].is_empty()));
    let bytes = export::arrays(&found, &provenance()).unwrap();
    let names = NpzReader::new(std::io::Cursor::new(bytes)).unwrap().names().unwrap();
    assert!(!names.iter().any(|name| name.starts_with("o-k/") && name.contains("normalised")));
}

#[test]
fn tables_read_the_same_in_python() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("drops.csv");
    let bytes = export::csv::drops(&two_scans().comparison(), &provenance()).unwrap();
    std::fs::write(&path, &bytes).unwrap();
    let script = "import csv,sys\n\
        lines=[l for l in open(sys.argv[1],newline='',encoding='utf-8') if not l.startswith('# ')]\n\
        [print('\\x1f'.join(r)) for r in csv.reader(lines)]";
    let Ok(run) = Command::new("python3").arg("-c").arg(script).arg(&path).output() else {
        println!("skipped: no python3");
        return;
    };
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let python = String::from_utf8(run.stdout).unwrap();
    let (header, rows) = read_csv(&bytes);
    let ours: Vec<String> = std::iter::once(header).chain(rows).map(|row| row.join("\u{1f}")).collect();
    assert_eq!(python.lines().collect::<Vec<_>>(), ours);
}

#[test]
fn arrays_read_back_under_their_names() {
    let found = Example { unnormalised: Some("O2"), ..two_scans() }.comparison();
    let bytes = export::arrays(&found, &provenance()).unwrap();
    let mut npz = NpzReader::new(std::io::Cursor::new(bytes)).unwrap();
    let names: BTreeSet<String> = npz.names().unwrap().into_iter().collect();
    assert!(names.contains("o-k/2.7 V/O1/net") && names.contains("ti-l2-3/pristine/reference/raw"), "{names:?}");
    assert!(!names.contains("o-k/2.7 V/O2/normalised"), "what is missing is absent");
    let net: Array1<f64> = npz.by_name("o-k/2.7 V/O1/net").unwrap();
    assert_eq!(net.to_vec(), found.curves[1].spectra[1].net);
    let energy: Array1<f64> = npz.by_name("o-k/energy_ev").unwrap();
    assert_eq!(energy.to_vec(), found.curves[1].energy_ev);
    let covariance: Array2<f64> = npz.by_name("o-k/2.7 V/O1/log_ratio_covariance").unwrap();
    assert_eq!(covariance, found.curves[1].covariances[0].covariance);
    let peaks: Array1<u8> = npz.by_name("o-k/2.7 V/O1/peaks").unwrap();
    assert_eq!(peaks.to_vec(), b"b,c,d");
    let window: Array1<f64> = npz.by_name("o-k/peaks/b/window_ev").unwrap();
    assert_eq!(window.to_vec(), [532.1, 535.0]);
}

#[test]
fn the_report_begins_with_program_and_inputs_and_keeps_the_order_of_the_interface() {
    let text = report_json(&Example::default().comparison(), &provenance()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let interface = [
        "moray",
        "inputs",
        "gain",
        "pattern",
        "calibration",
        "self_check",
        "spikes",
        "alignment",
        "thickness",
        "site_finding",
        "sites",
        "edges",
        "ti_l",
        "warnings",
    ];
    let known: Vec<&str> = keys.iter().copied().filter(|key| interface.contains(key)).collect();
    assert_eq!(known, interface);
    let program: Vec<&str> = json["moray"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(program, ["version", "recipe", "recipe_sha256"]);
    assert_eq!(json["inputs"][1]["image"], 2);
    assert_eq!(json["edges"][0]["peaks"][0]["sites"][0]["drop"], 0.155);
    assert_eq!(json["warnings"][0]["where"], "pristine");
}

#[test]
fn numbers_that_are_not_finite_are_refused_everywhere() {
    let refused = |result: Result<(), ExportError>| assert!(matches!(result, Err(ExportError::NotFinite { .. })));
    let mut found = Example::default().comparison();
    found.report.edges[0].peaks[1].sites[0].drop = Some(f64::NAN);
    refused(report_json(&found, &provenance()).map(drop));
    refused(export::csv::drops(&found, &provenance()).map(drop));
    let mut found = Example::default().comparison();
    found.report.gain.counts_per_electron = f64::INFINITY;
    refused(report_json(&found, &provenance()).map(drop));
    let mut found = Example::default().comparison();
    found.report.ti_l[0].shift_ev = Some(f64::NAN);
    let dir = tempfile::tempdir().unwrap();
    refused(write_all(dir.path(), &found, &provenance(), &usual()).map(drop));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is written when anything is refused");
}

#[test]
fn a_channel_without_a_value_is_an_empty_cell_that_the_header_counts() {
    let mut found = Example::default().comparison();
    found.curves[1].spectra[2].background[3] = f64::NAN;
    let recipe = Example::recipe();
    let edge = recipe.edge("O K").unwrap();
    let shown = moray::figure::ShownEdge::of(&found.curves[1], edge);
    let bytes = export::csv::spectra(&found, &shown, edge, &provenance()).unwrap();
    assert_eq!(read_csv(&bytes).1[3][14], "");
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("# O2 background (electrons): 1 of 1400 cells are empty (no value there)"));
}

#[test]
fn the_terminal_table_says_drops_intervals_ti_l_and_the_error_budget() {
    let found = Example { undetected: Some("O2"), ..Example::default() }.comparison();
    let text = text_table(&found);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/table.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "accept with UPDATE_SNAPSHOTS=1");
}

#[test]
fn pictures_carry_their_provenance() {
    let found = Example::default().comparison();
    let scene = moray::figure::drops(&found, &FigureStyle::default());
    let bytes = export::picture_png(&scene, &provenance().origin(&found)).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let note = reader.info().utf8_text.iter().find(|note| note.keyword == "Comment").unwrap();
    let comment = note.get_text().unwrap();
    let drawing = String::from_utf8(export::picture_svg(&scene, &provenance().origin(&found))).unwrap();
    let metadata = drawing.split("<metadata>").nth(1).unwrap().split("</metadata>").next().unwrap();
    let document = export::picture_pdf(&scene, &provenance().origin(&found)).unwrap();
    let document = String::from_utf8_lossy(&document);
    let last = "O K b dropped by 15.5 +- 1.3 %";
    for (text, where_from) in [(comment.as_str(), "PNG"), (metadata, "SVG"), (&document, "PDF")] {
        for part in [&provenance().recipe_sha256(), "pristine.dm4", "Moray ", "step 1: ", last] {
            assert!(text.contains(part), "{where_from} lacks {part}: {}", &text[..text.len().min(3000)]);
        }
    }
}

#[test]
fn a_pdf_has_the_size_of_the_scene_embedded_fonts_and_its_provenance() {
    let scene = moray::figure::drops(&Example::default().comparison(), &FigureStyle::default());
    let bytes = moray::figure::pdf::render(&scene, "Moray test", &provenance().lines(), None).unwrap();
    assert!(bytes.starts_with(b"%PDF-1."));
    let text = String::from_utf8_lossy(&bytes);
    let media = text.split("/MediaBox").nth(1).unwrap().split(']').next().unwrap().replace('[', " ");
    let corners: Vec<f64> = media.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let points = |mm: f64| mm / 25.4 * 72.0;
    assert!((corners[2] - points(scene.width_mm)).abs() < 0.01, "{corners:?}");
    assert!((corners[3] - points(scene.height_mm)).abs() < 0.01, "{corners:?}");
    assert!(text.contains("LiberationSans") && text.contains("/FontFile2"));
    assert!(text.contains("Moray test") && text.contains(&provenance().recipe_sha256()));
    assert!(!text.contains("/Subtype/Image") && !text.contains("/Subtype /Image"), "a raster in a drawing");
}
