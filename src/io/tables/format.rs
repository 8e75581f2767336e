//! In which formats tables are written: whole, or piece by piece.

use super::{Column, Sheet, Table, TableError, parquet};
use std::mem;
use std::sync::Arc;

/// In which formats tables are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text, one line per row.
    #[default]
    Csv,
    /// Typed columns, for data frames.
    Parquet,
    /// One file of each.
    Both,
}

impl Format {
    /// The words for them on the command line.
    pub const WORDS: [&str; 3] = ["csv", "parquet", "both"];

    /// Reads a word.
    ///
    /// # Errors
    /// A sentence, if there is no such format, or this build lacks it.
    pub fn parse(word: &str) -> Result<Self, String> {
        let format = match word {
            "csv" => Self::Csv,
            "parquet" => Self::Parquet,
            "both" => Self::Both,
            _ => return Err(format!("the formats are {}", Self::WORDS.join(", "))),
        };
        if format.has_parquet() && !cfg!(feature = "parquet") {
            return Err("this program was built without Parquet; build it with --features parquet, or use --format csv".into());
        }
        Ok(format)
    }

    /// Whether CSV is written.
    pub fn has_csv(self) -> bool {
        self != Self::Parquet
    }

    /// Whether Parquet is written.
    pub fn has_parquet(self) -> bool {
        self != Self::Csv
    }

    /// How many files hold each table.
    pub fn copies(self) -> usize {
        usize::from(self.has_csv()) + usize::from(self.has_parquet())
    }

    /// The files of a table.
    pub fn files(self, table: &str) -> Vec<String> {
        let endings = [self.has_csv().then_some("csv"), self.has_parquet().then_some("parquet")];
        endings.iter().flatten().map(|ending| format!("{table}.{ending}")).collect()
    }
}

impl Table {
    /// The files of the table: name and bytes of each.
    ///
    /// # Errors
    /// [`TableError::Writer`] if it cannot be formatted.
    pub fn files(&self, format: Format) -> Result<Vec<(String, Vec<u8>)>, TableError> {
        let mut bytes = Vec::new();
        if format.has_csv() {
            bytes.push(self.csv.clone());
        }
        if format.has_parquet() {
            let mut writer = parquet::Writer::new(&self.columns)?;
            let mut file = writer.append(std::slice::from_ref(self))?;
            file.extend(writer.finish()?);
            bytes.push(file);
        }
        Ok(format.files(self.name).into_iter().zip(bytes).collect())
    }

    /// The same without what the format does not write, to save memory.
    pub fn only(mut self, format: Format) -> Self {
        if !format.has_csv() {
            self.csv = Vec::new();
        }
        if !format.has_parquet() {
            self.cells = Vec::new();
        }
        self
    }
}

/// One file of a table that is too long to be held: it is handed over piece by piece, as bytes to be written.
pub struct Encoder {
    file: String,
    form: Form,
}

enum Form {
    /// The heading, until it is written.
    Csv(Vec<u8>),
    Parquet(Box<parquet::Writer>),
}

impl Encoder {
    /// One for each file of the table.
    ///
    /// # Errors
    /// [`TableError::Writer`] if the columns cannot be formatted.
    pub fn each(name: &'static str, columns: &Arc<[Column]>, format: Format) -> Result<Vec<Self>, TableError> {
        let mut forms = Vec::new();
        if format.has_csv() {
            forms.push(Form::Csv(Sheet::new(name, columns.clone()).finish()?.csv));
        }
        if format.has_parquet() {
            forms.push(Form::Parquet(Box::new(parquet::Writer::new(columns)?)));
        }
        Ok(format.files(name).into_iter().zip(forms).map(|(file, form)| Self { file, form }).collect())
    }

    /// Name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The bytes of these pieces of the table, made by [`Sheet::more`]. In Parquet they are one row group.
    ///
    /// # Errors
    /// [`TableError::Writer`] if they cannot be formatted.
    pub fn append(&mut self, pieces: &[Table]) -> Result<Vec<u8>, TableError> {
        match &mut self.form {
            Form::Csv(heading) => {
                let mut bytes = mem::take(heading);
                bytes.reserve_exact(pieces.iter().map(|piece| piece.csv.len()).sum());
                pieces.iter().for_each(|piece| bytes.extend_from_slice(&piece.csv));
                Ok(bytes)
            }
            Form::Parquet(writer) => writer.append(pieces),
        }
    }

    /// The last bytes of the file.
    ///
    /// # Errors
    /// [`TableError::Writer`] if they cannot be formatted.
    pub fn finish(self) -> Result<Vec<u8>, TableError> {
        match self.form {
            Form::Csv(heading) => Ok(heading),
            Form::Parquet(writer) => writer.finish(),
        }
    }
}
