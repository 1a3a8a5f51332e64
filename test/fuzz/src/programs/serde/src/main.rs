// Reads framed bodies (4 bytes length, one byte of kind, the body) and answers each with what serde_json sees in it: one view a line, name, tab, canonical
// text, or "-" where it refuses. See ../../../canonical.ts for the text.
use serde_json::Value;
use std::io::{Read, Write};

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        if (' '..='~').contains(&c) && c != '"' && c != '\\' {
            out.push(c)
        } else {
            out.push_str(&format!("\\u{{{:x}}}", c as u32))
        }
    }
    out.push('"');
    out
}

fn decimal(lexeme: &str) -> String {
    let (sign, rest) = match lexeme.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", lexeme),
    };
    let lower = rest.to_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let joined = format!("{whole}{fraction}");
    let digits = joined.trim_start_matches('0');
    if digits.is_empty() {
        return format!("{sign}0");
    }
    let kept = digits.trim_end_matches('0');
    let power = exponent.parse::<i64>().unwrap_or(0) - fraction.len() as i64 + (digits.len() - kept.len()) as i64;
    format!("{sign}{kept}e{power}")
}

fn canonical(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::String(text) => quoted(text),
        Value::Number(number) => decimal(&number.to_string()),
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(members) => {
            let mut parts: Vec<(String, String)> = members.iter().map(|(key, item)| (quoted(key), canonical(item))).collect();
            parts.sort();
            format!("{{{}}}", parts.iter().map(|(key, item)| format!("{key}:{item}")).collect::<Vec<_>>().join(","))
        }
    }
}

fn main() {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut head = [0u8; 5];
    while input.read_exact(&mut head).is_ok() {
        let mut body = vec![0u8; u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize];
        if input.read_exact(&mut body).is_err() {
            return;
        }
        let seen = serde_json::from_slice::<Value>(&body).map(|value| canonical(&value)).unwrap_or_else(|_| "-".into());
        let answer = format!("value\t{seen}");
        let written = output.write_all(&(answer.len() as u32).to_be_bytes()).and_then(|_| output.write_all(answer.as_bytes()));
        if written.and_then(|_| output.flush()).is_err() {
            return;
        }
    }
}
