package io.millrace.store;

/** What happened to an object. */
public enum ChangeKind {
    /** Put, copied or completed: all of its bytes are new. */
    PUT,
    /** It grew from oldLength to newLength. */
    APPEND,
    SEAL,
    DELETE,
    /** Its metadata changed, its bytes did not. */
    META
}
