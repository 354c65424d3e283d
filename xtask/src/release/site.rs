//! `index.html` as the source of a release: what trunk would make of its links.

use std::fs;
use std::path::{Path, PathBuf};

use post_build::page::{Tag, attribute, tags};

use super::files::{copy_all, files_below, hash_of};
use crate::failure::Failure;

/// The page as it is in the repository.
pub struct Source {
    path: PathBuf,
    html: String,
}

impl Source {
    /// # Errors
    /// When the page of the repository at `root` cannot be read.
    pub fn read(root: &Path) -> Result<Self, Failure> {
        let path = root.join("index.html");
        let html = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
        Ok(Self { path, html })
    }

    /// The links that are for trunk.
    fn links(&self) -> impl Iterator<Item = Tag> {
        tags(&self.html, "link").filter(|tag| self.attribute(*tag, "data-trunk").is_some())
    }

    fn attribute(&self, tag: Tag, name: &str) -> Option<&str> {
        attribute(tag.text(&self.html), name)
    }

    /// The file that a link names.
    fn file(&self, tag: Tag) -> PathBuf {
        self.path.with_file_name(self.attribute(tag, "href").unwrap_or_default())
    }

    /// What trunk would pass to `wasm-opt`: how much to optimise, and the features of wasm that the compiler uses.
    ///
    /// # Errors
    /// When the page does not say it.
    pub fn wasm_opt_options(&self) -> Result<impl Iterator<Item = String>, Failure> {
        let of_rust = |name| self.links().find_map(|tag| self.attribute(tag, name));
        let (Some(level), Some(features)) = (of_rust("data-wasm-opt"), of_rust("data-wasm-opt-params")) else {
            return Err(Failure::unexpected(&self.path, "no link has data-wasm-opt and data-wasm-opt-params"));
        };
        Ok(std::iter::once(format!("-O{level}")).chain(features.split_whitespace().map(str::to_owned)))
    }

    /// Puts the scripts that are copied as they are beside the application's own, which looks for them there.
    ///
    /// # Errors
    /// When one cannot be copied.
    pub fn copy_scripts(&self, application: &Path) -> Result<(), Failure> {
        for script in self.links().filter(|tag| self.is_copied_script(*tag)).map(|tag| self.file(tag)) {
            let name = script.file_name().unwrap_or_default();
            fs::copy(&script, application.join(name)).map_err(Failure::file("copy", &script))?;
        }
        Ok(())
    }

    fn is_copied_script(&self, tag: Tag) -> bool {
        self.attribute(tag, "rel") == Some("copy-file")
            && self.attribute(tag, "href").is_some_and(|file| file.ends_with(".js"))
    }

    /// Makes the site in `staging`, but for what every kind of build completes. Gives the name of the application's
    /// folder.
    ///
    /// # Errors
    /// When a file cannot be read or written, or a link is of an unknown kind.
    pub fn lay_out(&self, application: &Path, staging: &Path) -> Result<String, Failure> {
        let folder = format!("app-{}", hash_of(&files_below(application)?)?);
        copy_all(application, &staging.join(&folder))?;
        let mut page = String::with_capacity(self.html.len());
        let mut copied = 0;
        for tag in self.links() {
            page.push_str(&self.html[copied..tag.start]);
            page.push_str(&self.in_place_of(tag, &folder, staging)?);
            copied = tag.end;
        }
        page.push_str(&self.html[copied..]);
        let index = staging.join("index.html");
        fs::write(&index, page).map_err(Failure::file("write", &index))?;
        Ok(folder)
    }

    /// What a browser finds where the source has a link for trunk.
    fn in_place_of(&self, tag: Tag, folder: &str, staging: &Path) -> Result<String, Failure> {
        let file = self.file(tag);
        let copy = |name: &str| fs::copy(&file, staging.join(name)).map_err(Failure::file("copy", &file));
        match self.attribute(tag, "rel") {
            Some("icon") => {
                let name = format!("favicon-{}.svg", hash_of(std::slice::from_ref(&file))?);
                copy(&name)?;
                Ok(format!("<link rel=\"icon\" type=\"image/svg+xml\" href=\"/{name}\">"))
            }
            Some("copy-file") if self.is_copied_script(tag) => Ok(String::new()),
            Some("copy-file") => {
                copy(&file.file_name().unwrap_or_default().to_string_lossy())?;
                Ok(String::new())
            }
            Some("rust") => Ok(format!(
                "<link rel=\"modulepreload\" href=\"/{folder}/app.js\">\
                 <link rel=\"modulepreload\" href=\"/{folder}/__wasm_split.js\">\
                 <link rel=\"preload\" as=\"fetch\" type=\"application/wasm\" crossorigin href=\"/{folder}/app_bg.wasm\">\
                 <script type=\"module\">import init from '/{folder}/app.js';\
                 init({{module_or_path:'/{folder}/app_bg.wasm'}})</script>"
            )),
            _ => Err(Failure::unexpected(&self.path, format!("{} is not known here", tag.text(&self.html)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(html: &str) -> Source {
        Source { path: PathBuf::from("/nowhere/index.html"), html: html.to_owned() }
    }

    #[test]
    fn the_optimiser_gets_what_the_page_has_trunk_pass() {
        let page = source("<link data-trunk rel=rust data-wasm-opt=z data-wasm-opt-params='--enable-a --enable-b'>");
        let options: Vec<String> = page.wasm_opt_options().map(Iterator::collect).unwrap_or_default();
        assert_eq!(options, ["-Oz", "--enable-a", "--enable-b"]);
        assert!(source("<link data-trunk rel=rust>").wasm_opt_options().is_err());
    }

    #[test]
    fn a_link_of_an_unknown_kind_is_refused() {
        let page = source("<link data-trunk rel=sass href=a.scss>");
        let refused =
            page.links().map(|tag| page.in_place_of(tag, "app-0", Path::new("/nowhere"))).all(|made| made.is_err());
        assert!(refused && page.links().count() == 1);
    }
}
