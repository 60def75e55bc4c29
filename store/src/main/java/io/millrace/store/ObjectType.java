package io.millrace.store;

/** How an object came to be, which decides what may be done to it. */
public enum ObjectType {
    /** Put or copied whole. */
    NORMAL,
    /** Made by AppendObject; grows until it is sealed. */
    APPENDABLE,
    /** Completed from parts. */
    MULTIPART
}
