//! Takes values off the front of fuzz input; where nothing is left, everything is zero or empty.

/// What is left of one input.
#[derive(Debug, Clone)]
pub struct Feed<'a> {
    rest: &'a [u8],
}

impl<'a> Feed<'a> {
    /// A whole input.
    #[must_use]
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// True where nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// Yes for odd bytes.
    pub fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// A whole number below `most`, which is at least 1 and at most 256.
    pub fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// Two bytes, big-endian.
    pub fn short(&mut self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Eight bytes, big-endian.
    pub fn number(&mut self) -> i64 {
        i64::from_be_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// A number of small or odd size, as such numbers are found where bounds are wrong.
    pub fn bound(&mut self) -> i64 {
        match self.byte() {
            0 => 0,
            1 => i64::MAX,
            2 => i64::MIN,
            3 => i64::from(u32::MAX) + 1,
            4 => -1,
            5..=63 => self.number(),
            small => i64::from(small) * 100,
        }
    }

    /// At most this many bytes.
    pub fn bytes(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(most.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// A text with its length, at most 255 bytes, in front; what is no UTF-8 is replaced.
    pub fn text(&mut self) -> String {
        let length = usize::from(self.byte());
        String::from_utf8_lossy(self.bytes(length)).into_owned()
    }

    /// One of these words, or a text.
    pub fn word(&mut self, known: &[&str]) -> String {
        match known.get(usize::from(self.byte())) {
            Some(word) => (*word).to_owned(),
            None => self.text(),
        }
    }

    /// A value or none.
    pub fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| make(self))
    }

    /// Everything that is left.
    #[must_use]
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }
}
