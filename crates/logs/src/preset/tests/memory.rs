use super::super::memory::Memory;
use super::*;

#[test]
fn memory_is_stored_only_where_it_changed() {
    let stored = |memory: &mut Memory| {
        let mut counted = Counted::default();
        memory.take(&mut counted);
        (counted.remembered, counted.forgotten)
    };
    let mut memory = Memory::new(&BTreeMap::new());
    memory.set(b"a", b"1", 5);
    memory.set(b"b", b"2", 6);
    memory.remove(b"b");
    let (first, forgotten) = stored(&mut memory);
    assert_eq!((first.keys().cloned().collect::<Vec<_>>(), forgotten.len()), (vec![b"a".to_vec()], 0));
    memory.set(b"a", b"1", 9);
    assert_eq!(stored(&mut memory), (BTreeMap::new(), std::collections::BTreeSet::new()), "nothing is new");
    let mut again = Memory::new(&first);
    assert_eq!(again.get(b"a"), Some(&b"1"[..]));
    again.set(b"a", b"3", 9);
    assert_eq!(stored(&mut again).0.len(), 1);
    again.remove(b"a");
    assert_eq!(stored(&mut again).1.into_iter().collect::<Vec<_>>(), [b"a".to_vec()]);
}

#[test]
fn the_oldest_make_room_in_a_full_memory() {
    let mut memory = Memory::new(&BTreeMap::new());
    for number in 0..100_000_i64 {
        memory.set(number.to_string().as_bytes(), b"x", number);
    }
    assert!((30_000..=40_000).contains(&memory.iter().count()), "{}", memory.iter().count());
    assert!(memory.get(b"99999").is_some() && memory.get(b"70000").is_some() && memory.get(b"50000").is_none());
}
