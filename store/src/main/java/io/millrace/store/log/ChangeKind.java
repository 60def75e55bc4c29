package io.millrace.store.log;

/** What happened to an object. */
public enum ChangeKind {
    /** Put, copied or completed: all of its bytes are new. */
    PUT(0),
    /** It grew from oldLength to newLength. */
    APPEND(1),
    SEAL(2),
    DELETE(3),
    /** Its metadata changed, its bytes did not. */
    META(4);

    /** What it is in a record on disk. */
    final int code;

    ChangeKind(int code) {
        this.code = code;
    }
}
