package io.millrace.access;

/** What names may look like. */
final class Names {
    private Names() {}

    /** 1 to 64 of letters, digits and {@code . _ @ -}, beginning with a letter or digit. */
    static boolean valid(String name) {
        return matches(name, 1, 64, "._@-") && Character.isLetterOrDigit(name.charAt(0));
    }

    /** A device's id: as a name, without the at sign. */
    static boolean validDevice(String id) {
        return valid(id) && id.indexOf('@') < 0;
    }

    /** A session's name: 2 to 64 of {@code [\w.@=-]}. */
    static boolean validSession(String name) {
        return matches(name, 2, 64, "_.@=-");
    }

    private static boolean matches(String name, int min, int max, String others) {
        if (name.length() < min || name.length() > max) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!plain && others.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    static final String RULE =
            "A name has 1 to 64 letters, digits and . _ @ - and begins with a letter or digit.";
}
