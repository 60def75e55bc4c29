package io.millrace.store.objects;

/** How an object came to be, which decides what may be done to it. */
public enum ObjectType {
    /** Put or copied whole. */
    NORMAL(0),
    /** Made by AppendObject; grows until it is sealed. */
    APPENDABLE(1),
    /** Completed from parts. */
    MULTIPART(2);

    /** What it is in a record on disk. */
    final int code;

    ObjectType(int code) {
        this.code = code;
    }
}
