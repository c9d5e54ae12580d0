//! A fast hash, because the search spends its time in it. It need not resist attacks.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

#[derive(Default, Clone, Copy)]
pub(crate) struct Fast(u64);

impl Hasher for Fast {
    fn finish(&self) -> u64 {
        let mut x = self.0;
        x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        x ^ (x >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, x: u8) {
        self.write_u64(u64::from(x));
    }

    fn write_u16(&mut self, x: u16) {
        self.write_u64(u64::from(x));
    }

    fn write_u32(&mut self, x: u32) {
        self.write_u64(u64::from(x));
    }

    fn write_u64(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(23) ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_usize(&mut self, x: usize) {
        self.write_u64(x as u64);
    }
}

pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Fast>>;

pub(crate) fn hash<T: Hash>(value: &T) -> u64 {
    let mut hasher = Fast::default();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Values by number: a state of the world is a few numbers.
pub(crate) struct Interner<T> {
    values: Vec<T>,
    numbers: Map<u64, u32>,
}

impl<T: Hash + Eq> Interner<T> {
    pub(crate) fn new() -> Self {
        Interner { values: Vec::new(), numbers: Map::default() }
    }

    pub(crate) fn get(&self, number: u32) -> &T {
        &self.values[number as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Its number, and whether it is new.
    pub(crate) fn put(&mut self, value: T) -> (u32, bool) {
        let mut key = hash(&value);
        loop {
            match self.numbers.get(&key) {
                Some(&number) if self.values[number as usize] == value => return (number, false),
                Some(_) => key = key.wrapping_add(1),
                None => {
                    let number = u32::try_from(self.values.len()).expect("fewer than 2^32 values");
                    self.numbers.insert(key, number);
                    self.values.push(value);
                    return (number, true);
                }
            }
        }
    }
}
