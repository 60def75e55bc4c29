package io.millrace.work;

/** The key family of this module and its parts. */
final class WorkKeys {
    static final char FAMILY = 'W';
    static final int CURSOR = 'c';
    static final int JOB = 'j';
    static final int LEASE = 'l';
    static final int SESSION = 's';

    private WorkKeys() {}
}
