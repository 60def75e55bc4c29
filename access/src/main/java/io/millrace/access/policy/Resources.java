package io.millrace.access.policy;

/** Resource and principal names of both vendors, made internal. */
final class Resources {
    private Resources() {}

    /**
     * {@code acs:oss:*:*:bucket/key} and {@code arn:aws:s3:::bucket/key} become {@code bucket/key};
     * a role's ARN becomes {@code _role/name}. A lone star stays.
     */
    static String internal(String text, String account) {
        if (text.equals("*")) {
            return text;
        }
        String[] parts = text.split(":", 6);
        if (text.startsWith("acs:") && parts.length >= 5) {
            // acs:service:region:account:resource; the resource may hold colons
            String resource = text.split(":", 5)[4];
            return named(text, parts[1], parts[3], resource, account);
        }
        if (text.startsWith("arn:aws:") && parts.length == 6) {
            return named(text, parts[2], parts[4], parts[5], account);
        }
        throw new PolicyException(
                "A resource reads acs:oss:*:*:bucket/key or arn:aws:s3:::bucket/key, not " + text);
    }

    private static String named(
            String text, String service, String owner, String resource, String account) {
        if (!owner.isEmpty() && !owner.equals("*") && !owner.equals(account)) {
            throw new PolicyException(
                    "The resource is of another account than " + account + ": " + text);
        }
        if (resource.isEmpty()) {
            throw new PolicyException("The resource is empty: " + text);
        }
        return switch (service) {
            case "oss", "s3", "live", "camera", "millrace", "*" -> resource;
            case "ram", "iam" -> {
                if (resource.equals("*")) {
                    yield "_role/*";
                }
                if (!resource.startsWith("role/")) {
                    throw new PolicyException("Only roles can be named in this service: " + text);
                }
                yield "_" + resource;
            }
            default -> throw new PolicyException("The service is not known: " + text);
        };
    }

    /** The ARN of a user, a role or the account, as a {@link Principals} name. */
    static String principal(String text, String account) {
        if (text.equals(account)) {
            return "root";
        }
        String ram = "acs:ram::" + account + ":";
        String iam = "arn:aws:iam::" + account + ":";
        String rest =
                text.startsWith(ram)
                        ? text.substring(ram.length())
                        : text.startsWith(iam) ? text.substring(iam.length()) : "";
        boolean whole =
                rest.equals("root")
                        || (rest.startsWith("user/") && rest.length() > 5)
                        || (rest.startsWith("role/") && rest.length() > 5);
        if (!whole || rest.indexOf('*') >= 0 || rest.indexOf('?') >= 0) {
            throw new PolicyException(
                    "A principal reads acs:ram::"
                            + account
                            + ":user/name, :role/name or :root, not "
                            + text);
        }
        return rest;
    }
}
