package io.millrace.signing;

import org.jspecify.annotations.Nullable;

/** A credential scope: {@code AK/date/region/service/terminator}. */
record Scope(String accessKeyId, String date, String region, String service, String terminator) {

    /**
     * Read from the end, so that an access key id may hold a slash; null when parts are missing.
     */
    static @Nullable Scope parse(String text, String terminator) {
        String[] parts = new String[4];
        int end = text.length();
        for (int i = 3; i >= 0; i--) {
            int slash = text.lastIndexOf('/', end - 1);
            if (slash <= 0) {
                return null;
            }
            parts[i] = text.substring(slash + 1, end);
            end = slash;
        }
        boolean whole =
                parts[0].length() == 8
                        && !parts[1].isEmpty()
                        && !parts[2].isEmpty()
                        && parts[3].equals(terminator);
        return whole
                ? new Scope(text.substring(0, end), parts[0], parts[1], parts[2], parts[3])
                : null;
    }

    /** Without the access key id. */
    String text() {
        return date + "/" + region + "/" + service + "/" + terminator;
    }
}
