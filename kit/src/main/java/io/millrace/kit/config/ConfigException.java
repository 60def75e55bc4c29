package io.millrace.kit.config;

/** A configuration that can't be used; the message says where, why and what to write instead. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ConfigException(String message) {
        super(message);
    }
}
