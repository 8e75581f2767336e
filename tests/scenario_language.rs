use greenlight::io::scenario_files::load;
#[test]
fn smoke() {
    for f in ["/tmp/sc/a.toml", "/tmp/sc/b.toml"] {
        match load(f.as_ref(), &["supply.stock_chips=200000.0".into()]) {
            Ok(s) => println!("{s:#?}"),
            Err(e) => println!("{e}"),
        }
    }
}
