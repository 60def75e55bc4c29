package io.millrace.access.policy;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The condition keys that are understood, with the kind of value that each has. */
enum ConditionKey {
    SOURCE_IP("sourceip", Kind.ADDRESS),
    SECURE_TRANSPORT("securetransport", Kind.BOOL),
    CURRENT_TIME("currenttime", Kind.DATE),
    EPOCH_TIME("epochtime", Kind.NUMBER),
    USER_AGENT("useragent", Kind.STRING),
    REFERER("referer", Kind.STRING),
    PREFIX("prefix", Kind.STRING),
    DELIMITER("delimiter", Kind.STRING),
    MAX_KEYS("max-keys", Kind.NUMBER),
    USER_NAME("username", Kind.STRING),
    USER_ID("userid", Kind.STRING),
    EXTERNAL_ID("externalid", Kind.STRING),
    ROLE_SESSION_NAME("rolesessionname", Kind.STRING);

    enum Kind {
        STRING,
        NUMBER,
        DATE,
        BOOL,
        ADDRESS
    }

    private final String internal;
    private final Kind kind;

    ConditionKey(String internal, Kind kind) {
        this.internal = internal;
        this.kind = kind;
    }

    String internal() {
        return internal;
    }

    Kind kind() {
        return kind;
    }

    /** The key that a document names, any case; null when it is not known. */
    static @Nullable ConditionKey of(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "acs:sourceip", "aws:sourceip" -> SOURCE_IP;
            case "acs:securetransport", "aws:securetransport" -> SECURE_TRANSPORT;
            case "acs:currenttime", "aws:currenttime" -> CURRENT_TIME;
            case "aws:epochtime" -> EPOCH_TIME;
            case "acs:useragent", "aws:useragent" -> USER_AGENT;
            case "acs:referer", "aws:referer" -> REFERER;
            case "oss:prefix", "s3:prefix" -> PREFIX;
            case "oss:delimiter", "s3:delimiter" -> DELIMITER;
            case "oss:max-keys", "s3:max-keys" -> MAX_KEYS;
            case "acs:username", "aws:username" -> USER_NAME;
            case "acs:userid", "aws:userid" -> USER_ID;
            case "sts:externalid" -> EXTERNAL_ID;
            case "sts:rolesessionname" -> ROLE_SESSION_NAME;
            default -> null;
        };
    }
}
