//! The part of Python's pickle format that describes tensors. Nothing is ever executed: a class or function that a
//! pickle names stays a name, and a call stays a note of what was called with what.
//!
//! Operation codes: `Lib/pickletools.py` of CPython 3, as far as `torch.save` writes them (protocols 2 to 5).

use super::CheckpointError;
use std::collections::BTreeMap;

/// Objects that one pickle may make; a state dictionary of a thousand tensors has some ten thousand.
const MOST_OBJECTS: usize = 4_000_000;

/// An object of a [`Pickle`].
pub(super) type Id = usize;

/// What an object is. Numbers and texts that describe no tensor, such as floats, are not kept.
#[derive(Debug)]
pub(super) enum Object {
    Other,
    Int(i64),
    Text(String),
    /// A tuple or a list.
    Sequence(Vec<Id>),
    /// A dictionary or an `OrderedDict`.
    Dict(Vec<(Id, Id)>),
    /// A class or function as `module name`.
    Global(String),
    /// Something kept outside of the pickle.
    Persistent(Id),
    /// What calling `function` with the sequence `arguments` would give.
    Call {
        function: Id,
        arguments: Id,
    },
}

/// A pickle that was read: its objects and which of them is the whole. Objects may hold each other.
#[derive(Debug)]
pub(super) struct Pickle {
    objects: Vec<Object>,
    pub(super) root: Id,
}

impl Pickle {
    pub(super) fn object(&self, id: Id) -> &Object {
        &self.objects[id]
    }

    /// A whole number that counts something.
    pub(super) fn count(&self, id: Id) -> Option<usize> {
        if let Object::Int(number) = self.object(id) { usize::try_from(*number).ok() } else { None }
    }

    pub(super) fn text(&self, id: Id) -> Option<&str> {
        if let Object::Text(text) = self.object(id) { Some(text) } else { None }
    }

    pub(super) fn sequence(&self, id: Id) -> Option<&[Id]> {
        if let Object::Sequence(items) = self.object(id) { Some(items) } else { None }
    }

    pub(super) fn dict(&self, id: Id) -> Option<&[(Id, Id)]> {
        if let Object::Dict(entries) = self.object(id) { Some(entries) } else { None }
    }

    /// Name and arguments of a call.
    pub(super) fn call(&self, id: Id) -> Option<(&str, &[Id])> {
        let Object::Call { function, arguments } = self.object(id) else { return None };
        let Object::Global(name) = self.object(*function) else { return None };
        Some((name, self.sequence(*arguments)?))
    }

    /// The value under the text `key` of the dictionary `id`.
    pub(super) fn entry(&self, id: Id, key: &str) -> Option<Id> {
        self.dict(id)?.iter().find(|(name, _)| self.text(*name) == Some(key)).map(|(_, value)| *value)
    }
}

/// Reads one pickle.
///
/// # Errors
/// When it ends early, uses an operation that no state dictionary needs, or makes objects without end.
pub(super) fn read_pickle(bytes: &[u8]) -> Result<Pickle, CheckpointError> {
    let mut machine =
        Machine { bytes, at: 0, objects: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: BTreeMap::new() };
    while machine.step()? {}
    let root = machine.pop()?;
    Ok(Pickle { objects: machine.objects, root })
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    objects: Vec<Object>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: BTreeMap<u32, Id>,
}

impl<'a> Machine<'a> {
    /// One operation; whether there are more.
    fn step(&mut self) -> Result<bool, CheckpointError> {
        match self.byte()? {
            b'.' => return Ok(false),
            // Protocol number and frame length: nothing to do.
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'N' | 0x88 | 0x89 => self.push(Object::Other)?,
            b'G' => {
                self.take(8)?;
                self.push(Object::Other)?;
            }
            b'K' => {
                let number = self.byte()?;
                self.push(Object::Int(number.into()))?;
            }
            b'M' => {
                let number = self.take(2)?;
                self.push(Object::Int(u16::from_le_bytes([number[0], number[1]]).into()))?;
            }
            b'J' => {
                let number = self.u32()?;
                self.push(Object::Int(number.cast_signed().into()))?;
            }
            0x8a => self.long()?,
            b'X' => {
                let length = self.u32()? as usize;
                self.unicode(length)?;
            }
            0x8c => {
                let length = self.byte()?.into();
                self.unicode(length)?;
            }
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.push(Object::Global(format!("{module} {name}")))?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Object::Text(module), Object::Text(name)) = (&self.objects[module], &self.objects[name]) else {
                    return Err(self.malformed("a class whose name is no text"));
                };
                let global = format!("{module} {name}");
                self.push(Object::Global(global))?;
            }
            b'Q' => {
                let key = self.pop()?;
                self.push(Object::Persistent(key))?;
            }
            b'R' | 0x81 => self.call()?,
            // The state of an object: nothing that a tensor needs.
            b'b' => drop(self.pop()?),
            b')' | b']' => self.push(Object::Sequence(Vec::new()))?,
            b'}' => self.push(Object::Dict(Vec::new()))?,
            length @ 0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(length - 0x84));
                let start = start.ok_or_else(|| self.malformed("a tuple of nothing"))?;
                let items = self.stack.split_off(start);
                self.push(Object::Sequence(items))?;
            }
            b't' => {
                let items = self.since_mark()?;
                self.push(Object::Sequence(items))?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.since_mark()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(&[key, value])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set(&items)?;
            }
            b'q' => {
                let key = self.byte()?.into();
                self.remember(key)?;
            }
            b'r' => {
                let key = self.u32()?;
                self.remember(key)?;
            }
            0x94 => {
                let key = u32::try_from(self.memo.len()).unwrap_or(u32::MAX);
                self.remember(key)?;
            }
            b'h' => {
                let key = self.byte()?.into();
                self.recall(key)?;
            }
            b'j' => {
                let key = self.u32()?;
                self.recall(key)?;
            }
            _ => {
                self.at -= 1;
                return Err(self.malformed("an operation that no state dictionary needs"));
            }
        }
        Ok(true)
    }

    fn call(&mut self) -> Result<(), CheckpointError> {
        let (arguments, function) = (self.pop()?, self.pop()?);
        let is = |name: &str| matches!(&self.objects[function], Object::Global(global) if global == name);
        match is("collections OrderedDict") {
            true => self.push(Object::Dict(Vec::new())),
            false => self.push(Object::Call { function, arguments }),
        }
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), CheckpointError> {
        let list = self.top()?;
        match &mut self.objects[list] {
            Object::Sequence(all) => all.extend(items),
            // A class of its own that behaves like a list.
            Object::Call { .. } => {}
            _ => return Err(self.malformed("something put into what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, items: &[Id]) -> Result<(), CheckpointError> {
        let dict = self.top()?;
        match &mut self.objects[dict] {
            Object::Dict(entries) => entries.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1]))),
            Object::Call { .. } => {}
            _ => return Err(self.malformed("something put into what is no dictionary")),
        }
        Ok(())
    }

    fn remember(&mut self, key: u32) -> Result<(), CheckpointError> {
        let top = self.top()?;
        self.memo.insert(key, top);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<(), CheckpointError> {
        let id = self.memo.get(&key).copied().ok_or_else(|| self.malformed("something used before it was made"))?;
        self.stack.push(id);
        Ok(())
    }

    fn push(&mut self, object: Object) -> Result<(), CheckpointError> {
        if self.objects.len() >= MOST_OBJECTS {
            return Err(self.malformed("more objects than any network has"));
        }
        self.stack.push(self.objects.len());
        self.objects.push(object);
        Ok(())
    }

    fn top(&self) -> Result<Id, CheckpointError> {
        self.stack.last().copied().ok_or_else(|| self.malformed("an operation on nothing"))
    }

    fn pop(&mut self) -> Result<Id, CheckpointError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, CheckpointError> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len());
        let mark = mark.ok_or_else(|| self.malformed("an end without a beginning"))?;
        Ok(self.stack.split_off(mark))
    }

    fn long(&mut self) -> Result<(), CheckpointError> {
        let length = self.byte()?;
        let bytes = self.take(length.into())?;
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut number = [if negative { 0xff } else { 0 }; 8];
        let Some(place) = number.get_mut(..bytes.len()) else { return self.push(Object::Other) };
        place.copy_from_slice(bytes);
        self.push(Object::Int(i64::from_le_bytes(number)))
    }

    fn unicode(&mut self, length: usize) -> Result<(), CheckpointError> {
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| self.malformed("a text that is not UTF-8"))?.to_owned();
        self.push(Object::Text(text))
    }

    fn line(&mut self) -> Result<&'a str, CheckpointError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == b'\n');
        let line = self.take(length.ok_or(CheckpointError::Truncated { at: self.at, what: "a class's name" })?)?;
        self.take(1)?;
        std::str::from_utf8(line).map_err(|_| self.malformed("a class's name that is not UTF-8"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], CheckpointError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(CheckpointError::Truncated { at: self.at, what: "the description of the tensors" })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, CheckpointError> {
        Ok(self.take(1)?[0])
    }

    fn u32(&mut self) -> Result<u32, CheckpointError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn malformed(&self, what: &'static str) -> CheckpointError {
        CheckpointError::Malformed { at: self.at, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_and_nested_values_are_read() {
        // pickle.dumps({"a": [1, 300, -2], "b": (70000,)}, protocol=2), and the list once more from the memo.
        let bytes = b"\x80\x02}q\x00(X\x01\x00\x00\x00aq\x01]q\x02(K\x01M,\x01J\xfe\xff\xff\xffeX\x01\x00\x00\x00bq\x03J\x70\x11\x01\x00\x85q\x04X\x01\x00\x00\x00ch\x02u.";
        let pickle = read_pickle(bytes).unwrap();
        let list = pickle.entry(pickle.root, "a").unwrap();
        assert_eq!(pickle.sequence(list).unwrap().len(), 3);
        assert_eq!(pickle.entry(pickle.root, "c"), Some(list));
        let tuple = pickle.sequence(pickle.entry(pickle.root, "b").unwrap()).unwrap();
        assert_eq!(pickle.count(tuple[0]), Some(70_000));
        let negative = pickle.sequence(list).unwrap()[2];
        assert_eq!(pickle.count(negative), None);
    }

    #[test]
    fn a_call_is_noted_and_not_made() {
        // pickle of an object whose reduction is os.system("true").
        let pickle = read_pickle(b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R.").unwrap();
        let (name, arguments) = pickle.call(pickle.root).unwrap();
        assert_eq!((name, pickle.text(arguments[0])), ("posix system", Some("true")));
    }

    #[test]
    fn damage_is_an_error_with_its_place() {
        for bytes in
            [&b""[..], b"\x80", b"(", b"u.", b"h\x07.", b"\x85.", b"X\xff\xff\xff\xffabc", b"cname", b"t.", b"0."]
        {
            assert!(read_pickle(bytes).is_err(), "{bytes:?}");
        }
        assert!(matches!(read_pickle(b"\x80\x02P."), Err(CheckpointError::Malformed { at: 2, .. })));
    }

    proptest::proptest! {
        #[test]
        fn rubbish_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read_pickle(&bytes);
        }
    }
}
