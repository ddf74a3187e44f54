//! The operations a hook may answer with: add, replace, remove, test. There is no `from`, so
//! nothing is moved or copied.

use serde_json::Value;

/// Applies a list of operations to a proposed order. Nothing is applied when one of them is wrong.
pub(crate) fn apply(order: &Value, operations: &Value) -> Result<Value, String> {
    let operations = operations.as_array().ok_or("the patch is no list")?;
    let mut patched = order.clone();
    for operation in operations {
        one(&mut patched, operation)?;
    }
    Ok(patched)
}

fn one(order: &mut Value, operation: &Value) -> Result<(), String> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let op = text("op").ok_or("an operation has no op")?;
    let path = text("path").ok_or("an operation has no path")?;
    let value = || operation.get("value").cloned().ok_or("an operation has no value");
    let (parent, key) = path.rsplit_once('/').ok_or("a path begins with a slash")?;
    let key = key.replace("~1", "/").replace("~0", "~");
    match op {
        "test" => {
            let same = order.pointer(path) == Some(&value()?);
            if same { Ok(()) } else { Err("a test failed".to_owned()) }
        }
        "replace" => {
            *order.pointer_mut(path).ok_or_else(|| nothing_at(path))? = value()?;
            Ok(())
        }
        "add" => add(order.pointer_mut(parent).ok_or_else(|| nothing_at(path))?, &key, value()?),
        "remove" => remove(order.pointer_mut(parent).ok_or_else(|| nothing_at(path))?, &key, path),
        _ => Err(format!("no such operation: {op}")),
    }
}

fn add(parent: &mut Value, key: &str, value: Value) -> Result<(), String> {
    if let Some(members) = parent.as_object_mut() {
        members.insert(key.to_owned(), value);
        return Ok(());
    }
    let list = parent.as_array_mut().ok_or("nothing can be added to a plain value")?;
    let place = if key == "-" { Some(list.len()) } else { key.parse().ok() };
    let place = place.filter(|place| *place <= list.len()).ok_or("no such place in a list")?;
    list.insert(place, value);
    Ok(())
}

fn remove(parent: &mut Value, key: &str, path: &str) -> Result<(), String> {
    if let Some(members) = parent.as_object_mut() {
        return members.remove(key).map(|_| ()).ok_or_else(|| nothing_at(path));
    }
    let list = parent.as_array_mut().ok_or_else(|| nothing_at(path))?;
    let place: usize = key.parse().map_err(|_| nothing_at(path))?;
    if place >= list.len() {
        return Err(nothing_at(path));
    }
    list.remove(place);
    Ok(())
}

fn nothing_at(path: &str) -> String {
    format!("there is nothing at {path}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn four_operations_are_known_and_one_wrong_one_undoes_all() {
        let order = json!({"payments": [{"amount": 1}, {"amount": 2}], "reference": "a"});
        let check = |operations: Value, expected: Option<Value>| {
            assert_eq!(apply(&order, &operations).ok(), expected, "{operations}");
        };
        check(json!([]), Some(order.clone()));
        let replaced = json!([{"op": "replace", "path": "/payments/1/amount", "value": 20}]);
        let expected = json!({"payments": [{"amount": 1}, {"amount": 20}], "reference": "a"});
        check(replaced, Some(expected));
        let added = json!([{"op": "add", "path": "/payments/0/note", "value": "x"}]);
        let expected =
            json!({"payments": [{"amount": 1, "note": "x"}, {"amount": 2}], "reference": "a"});
        check(added, Some(expected));
        let removed = json!([{"op": "test", "path": "/reference", "value": "a"},
            {"op": "remove", "path": "/payments/0"}]);
        check(removed, Some(json!({"payments": [{"amount": 2}], "reference": "a"})));
        for wrong in [
            json!({}),
            json!([{}]),
            json!([{"op": "move", "path": "/reference"}]),
            json!([{"op": "replace", "path": "/payments/9/amount", "value": 1}]),
            json!([{"op": "replace", "path": "/reference"}]),
            json!([{"op": "test", "path": "/reference", "value": "b"}]),
            json!([
                {"op": "replace", "path": "/reference", "value": "b"},
                {"op": "remove", "path": "/x"},
            ]),
        ] {
            check(wrong, None);
        }
    }
}
