//! Addresses, as the web platform's data for URLs has them for http and https, kind by kind, in this project's words. The
//! same table is held against the `url` package natively and against the browser's `URL` in `tests/browser`.

use vcube_raft_frontend::api_service::address::UrlProblem;

use UrlProblem::{Character, Credentials, Empty, Host, NoHost, Port, Query, Scheme};

/// What a text is resolved against: the page.
pub const BASE: &str = "http://page.example/app/";

/// A text that may be an address.
pub struct Address {
    pub asks: &'static str,
    pub text: &'static str,
    /// What `URL` makes of it on the page; `None`: it refuses.
    pub url: Option<&'static str>,
    pub node: Node,
}

/// What it is as the address of a node.
pub enum Node {
    /// What `URL` makes of it, without slashes at the end.
    AsUrl,
    /// A path on the page's own origin.
    Own(&'static str),
    Not(UrlProblem),
}

impl Address {
    /// What it is as the address of a node, written out.
    pub fn as_node(&self) -> Result<String, UrlProblem> {
        self.node.of(self.url.unwrap_or_default())
    }
}

impl Node {
    pub fn of(&self, url: &str) -> Result<String, UrlProblem> {
        match self {
            Self::AsUrl => Ok(url.trim_end_matches('/').to_owned()),
            Self::Own(path) => Ok((*path).to_owned()),
            Self::Not(problem) => Err(*problem),
        }
    }
}

/// A case in which Chromium's `URL` is not what the standard says.
pub struct InChromium {
    pub asks: &'static str,
    pub url: &'static str,
    pub node: Node,
}

const fn chromium(asks: &'static str, url: &'static str, node: Node) -> InChromium {
    InChromium { asks, url, node }
}

pub const IN_CHROMIUM: [InChromium; 7] = [
    chromium("a blank", "http://a%20b/", Node::Not(Character)),
    chromium("a wide blank", "http://a%20b/", Node::Not(Character)),
    chromium("an encoded blank", "http://a%20b/", Node::Not(Host)),
    chromium("an encoded name that is none", "http://xn--/", Node::AsUrl),
    chromium("an encoded name that decodes to nothing", "http://a.xn--pokxncvks/", Node::AsUrl),
    chromium("encoded digits between brackets", "http://[::1]/", Node::AsUrl),
    chromium("what stays in a path", "http://a.example/~!$&'()*+,;=:@%7C[]-_", Node::AsUrl),
];

const fn is(asks: &'static str, text: &'static str, url: &'static str) -> Address {
    Address { asks, text, url: Some(url), node: Node::AsUrl }
}

const fn own(asks: &'static str, text: &'static str, url: &'static str, node: &'static str) -> Address {
    Address { asks, text, url: Some(url), node: Node::Own(node) }
}

/// `URL` takes it, and it is no address of a node all the same.
const fn odd(asks: &'static str, text: &'static str, url: &'static str, problem: UrlProblem) -> Address {
    Address { asks, text, url: Some(url), node: Node::Not(problem) }
}

const fn bad(asks: &'static str, text: &'static str, problem: UrlProblem) -> Address {
    Address { asks, text, url: None, node: Node::Not(problem) }
}

pub const CASES: [Address; 162] = [
    // Schemes and what stands around.
    is("an address", "http://a.example", "http://a.example/"),
    is("a secure one", "https://a.example/", "https://a.example/"),
    is("a scheme has no case", "HtTpS://a.example", "https://a.example/"),
    is("blanks around", "  http://a.example \n", "http://a.example/"),
    odd("nothing", "", "http://page.example/app/", Empty),
    odd("blanks alone", " \t ", "http://page.example/app/", Empty),
    odd("a control character before", "\u{1}http://a.example", "http://a.example/", Character),
    odd("a tab inside", "http://a.ex\tample", "http://a.example/", Character),
    odd("a line feed inside the scheme", "ht\ntp://a.example", "http://a.example/", Character),
    odd("backslashes for slashes", "http:\\\\a.example\\x", "http://a.example/x", Character),
    odd("one slash after another scheme", "https:/a.example", "https://a.example/", Scheme),
    odd("one slash after the page's scheme", "http:/x", "http://page.example/x", Scheme),
    odd("no slash after another scheme", "https:a.example", "https://a.example/", Scheme),
    odd("no slash after the page's scheme", "http:x", "http://page.example/app/x", Scheme),
    odd("three slashes", "http:///a.example", "http://a.example/", NoHost),
    bad("a scheme alone", "https:", Scheme),
    bad("a scheme and slashes alone", "https://", NoHost),
    odd("another scheme", "ftp://a.example", "ftp://a.example/", Scheme),
    odd("a socket", "wss://a.example/", "wss://a.example/", Scheme),
    odd("a script", "javascript:alert(1)", "javascript:alert(1)", Scheme),
    odd("data", "data:text/plain,x", "data:text/plain,x", Scheme),
    odd("a file", "file:///etc/hosts", "file:///etc/hosts", Scheme),
    odd("a name without a scheme", "a.example", "http://page.example/app/a.example", Scheme),
    odd("a name for a scheme", "localhost:8080", "localhost:8080", Scheme),
    odd("the scheme of the page", "//a.example/x", "http://a.example/x", Scheme),
    // Paths on the page's own origin.
    own("the root", "/", "http://page.example/", "/"),
    own("a path", "/node/0", "http://page.example/node/0", "/node/0"),
    own("a path that ends with slashes", "/node/0//", "http://page.example/node/0//", "/node/0"),
    own("a path that goes up", "/a/../b", "http://page.example/b", "/b"),
    own("a path that leaves", "/../../b", "http://page.example/b", "/b"),
    odd("a path that would be another host", "/..//a.example", "http://page.example//a.example", Scheme),
    odd("a relative path", "node/0", "http://page.example/app/node/0", Scheme),
    odd("a relative path that goes up", "../node", "http://page.example/node", Scheme),
    // Ports.
    is("a port", "http://a.example:8080", "http://a.example:8080/"),
    is("the usual port", "http://a.example:80", "http://a.example/"),
    is("the usual secure port", "https://a.example:443", "https://a.example/"),
    is("the other's usual port", "https://a.example:80", "https://a.example:80/"),
    is("an empty port", "http://a.example:/x", "http://a.example/x"),
    is("zeros before a port", "http://a.example:00081", "http://a.example:81/"),
    is("the last port", "http://a.example:65535", "http://a.example:65535/"),
    bad("a port too high", "http://a.example:65536", Port),
    bad("a port beyond 64 bits", "http://a.example:18446744073709551697", Port),
    odd("port zero", "http://a.example:0", "http://a.example:0/", Port),
    odd("port zero, at length", "http://a.example:00000", "http://a.example:0/", Port),
    bad("a negative port", "http://a.example:-80", Port),
    bad("a port with a sign", "http://a.example:+80", Port),
    bad("letters for a port", "http://a.example:http", Port),
    bad("a letter in a port", "http://a.example:8o", Port),
    bad("two ports", "http://a.example:80:81", Port),
    bad("a blank for a port", "http://a.example: 80", Character),
    bad("a port and no host", "http://:8080", NoHost),
    bad("digits of another script", "http://a.example:\u{ff18}\u{ff10}", Port),
    // Who asks.
    odd("a user", "http://u@a.example", "http://u@a.example/", Credentials),
    odd("a user and a password", "http://u:p@a.example:81", "http://u:p@a.example:81/", Credentials),
    odd("a user without a name", "http://@a.example", "http://a.example/", Credentials),
    odd("a password alone", "http://:p@a.example", "http://:p@a.example/", Credentials),
    odd("two at signs", "http://u@v@a.example", "http://u%40v@a.example/", Credentials),
    bad("a user and no host", "http://u@", Credentials),
    is("an at sign in the path", "http://a.example/u@b", "http://a.example/u@b"),
    // Names.
    is("a name has no case", "http://A.ExAmPlE", "http://a.example/"),
    is("a name without a point", "http://node-1:81", "http://node-1:81/"),
    is("a name with an underscore", "http://node_1", "http://node_1/"),
    is("a point at the end", "http://a.example.", "http://a.example./"),
    is("two points", "http://a..example", "http://a..example/"),
    is("a name of points", "http://../x", "http://../x"),
    is("letters of another script", "http://bücher.example", "http://xn--bcher-kva.example/"),
    is("capitals of another script", "http://BÜCHER.example", "http://xn--bcher-kva.example/"),
    is("a letter that is two elsewhere", "http://faß.example", "http://xn--fa-hia.example/"),
    is("wide letters", "http://\u{ff27}\u{ff4f}.example", "http://go.example/"),
    is("a point of another script", "http://a\u{3002}example", "http://a.example/"),
    is("a soft hyphen", "http://a\u{ad}b.example", "http://ab.example/"),
    is("a joiner without width", "http://a\u{2060}b.example", "http://ab.example/"),
    bad("a soft hyphen alone", "http://\u{ad}/", Host),
    is("another alphabet", "http://你好.example", "http://xn--6qq79v.example/"),
    is("a snowman, encoded", "https://%e2%98%83", "https://xn--n3h/"),
    is("an encoded letter", "http://%61.example", "http://a.example/"),
    is("an encoded point", "http://a%2eexample", "http://a.example/"),
    bad("an encoded colon", "http://a%3a80", Host),
    bad("an encoded slash", "http://a%2fb", Host),
    bad("an encoded blank", "http://a%20b", Host),
    bad("an encoded NUL", "http://a%00b", Host),
    bad("an encoded percent sign", "http://a%25b", Host),
    bad("a percent sign that encodes nothing", "http://a%zz", Host),
    bad("bytes that are no UTF-8", "http://a%ff", Host),
    bad("the sign for what could not be read", "http://\u{fffd}", Host),
    bad("a letter that is none", "http://\u{fdd0}a", Host),
    bad("an encoded name that is none", "http://xn--/", Host),
    bad("an encoded name that decodes to nothing", "http://a.xn--pokxncvks", Host),
    bad("a blank", "http://a b", Character),
    bad("a wide blank", "http://a\u{3000}b", Character),
    bad("angle brackets", "http://a<b>", Host),
    bad("a bracket", "http://a[b", Host),
    bad("a caret", "http://a^b", Host),
    bad("a bar", "http://a|b", Host),
    bad("a letter that deletes", "http://a\u{7f}b", Character),
    bad("NUL", "http://a\0b", Character),
    // Addresses of the fourth version.
    is("four numbers", "http://127.0.0.1:81", "http://127.0.0.1:81/"),
    is("two numbers", "http://127.1", "http://127.0.0.1/"),
    is("three numbers", "http://192.168.257", "http://192.168.1.1/"),
    is("one number", "http://2130706433", "http://127.0.0.1/"),
    is("hexadecimal and octal", "http://0x7f.0.0.01", "http://127.0.0.1/"),
    is("nothing after 0x", "http://0x.0x.0", "http://0.0.0.0/"),
    is("wide digits", "http://\u{ff11}27.0.0.1", "http://127.0.0.1/"),
    is("a point after four numbers", "http://127.0.0.1.", "http://127.0.0.1/"),
    is("a number and a name", "http://256.example", "http://256.example/"),
    bad("a number too high", "http://256.0.0.1", Host),
    bad("one number too high", "http://4294967296", Host),
    bad("five numbers", "http://1.2.3.4.5", Host),
    bad("a digit that octal has not", "http://1.2.3.08", Host),
    bad("a name that ends with a number", "http://a.1", Host),
    bad("a number that is missing", "http://1..2", Host),
    // Addresses of the sixth.
    is("eight numbers", "http://[1:2:3:4:5:6:7:8]", "http://[1:2:3:4:5:6:7:8]/"),
    is("the shortest form", "http://[0:0:0:0:0:0:0:1]:81", "http://[::1]:81/"),
    is("capitals and zeros", "http://[2001:0DB8::00A]", "http://[2001:db8::a]/"),
    is("one of the fourth in it", "http://[::127.0.0.1]", "http://[::7f00:1]/"),
    is("a gap of one number", "http://[1:0::]", "http://[1::]/"),
    bad("nothing between brackets", "http://[]", NoHost),
    bad("two gaps", "http://[1::2::3]", Host),
    bad("nine numbers", "http://[1:2:3:4:5:6:7:8:9]", Host),
    bad("a colon at the end", "http://[1:2:]", Host),
    bad("a bracket that is not closed", "http://[::1", Host),
    bad("a bracket that is not opened", "http://::1]", Host),
    bad("no brackets", "http://2001::1", Port),
    bad("a zone", "http://[fe80::1%25eth0]", Host),
    bad("a name between brackets", "http://[a.example]", Host),
    bad("letters between brackets", "http://[::g]", Host),
    bad("five digits", "http://[::12345]", Host),
    bad("three numbers of the fourth in it", "http://[::127.0.1]", Host),
    bad("a number too high of the fourth in it", "http://[::127.0.0.256]", Host),
    bad("encoded digits between brackets", "http://[::%31]", Host),
    bad("more behind the bracket", "http://[::1]x", Host),
    // Paths.
    is("a path of a node", "http://a.example/api/v1", "http://a.example/api/v1"),
    is("slashes at the end", "http://a.example/api//", "http://a.example/api//"),
    is("slashes inside", "http://a.example//api///v1", "http://a.example//api///v1"),
    is("a point", "http://a.example/./api/.", "http://a.example/api/"),
    is("two points in a path", "http://a.example/x/../api/y/..", "http://a.example/api/"),
    is("more up than there is", "http://a.example/../../api", "http://a.example/api"),
    is("an encoded point in a path", "http://a.example/x/%2e%2E/api/%2e", "http://a.example/api/"),
    is("three points", "http://a.example/.../api", "http://a.example/.../api"),
    is("up from an empty part", "http://a.example/x//../api", "http://a.example/x/api"),
    is("letters beyond ASCII", "http://a.example/é/你", "http://a.example/%C3%A9/%E4%BD%A0"),
    is("an encoded letter in a path", "http://a.example/%61%7a", "http://a.example/%61%7a"),
    is("an encoded slash in a path", "http://a.example/x%2fy", "http://a.example/x%2fy"),
    is("an encoded NUL in a path", "http://a.example/x%00y", "http://a.example/x%00y"),
    is("a percent sign in a path", "http://a.example/x%2/%", "http://a.example/x%2/%"),
    is("quotes and angle brackets in a path", "http://a.example/\"<>`", "http://a.example/%22%3C%3E%60"),
    is("braces in a path", "http://a.example/{x}", "http://a.example/%7Bx%7D"),
    is("what stays in a path", "http://a.example/~!$&'()*+,;=:@|[]-_", "http://a.example/~!$&'()*+,;=:@|[]-_"),
    is("text from right to left", "http://a.example/\u{202e}x", "http://a.example/%E2%80%AEx"),
    odd("a blank in a path", "http://a.example/x y", "http://a.example/x%20y", Character),
    odd("a tab in a path", "http://a.example/x\ty", "http://a.example/xy", Character),
    odd("a line feed in a path", "http://a.example/x\ny", "http://a.example/xy", Character),
    odd("NUL in a path", "http://a.example/x\0y", "http://a.example/x%00y", Character),
    odd("a backslash in a path", "http://a.example/x\\y", "http://a.example/x/y", Character),
    odd("a backslash before an at sign", "http://a.example\\@b", "http://a.example/@b", Character),
    // What a base has not.
    odd("a question", "http://a.example/?x=1", "http://a.example/?x=1", Query),
    odd("an empty question", "http://a.example?", "http://a.example/?", Query),
    odd("a quote in a question", "http://a.example/?'", "http://a.example/?%27", Query),
    odd("a fragment", "http://a.example/#x", "http://a.example/#x", Query),
    odd("an empty fragment", "http://a.example#", "http://a.example/#", Query),
    bad("a question and no host", "http://?x", Query),
    bad("a fragment and no host", "http://#x", Query),
];
