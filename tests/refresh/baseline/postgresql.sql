-- The ledger's tables as create_all made them at commit 0638cd7, the last without migrations.

CREATE TABLE fetches (
    url TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    stamp TEXT NOT NULL,
    fetched_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (url)
);

CREATE TABLE postcodes (
    postcode VARCHAR(8) NOT NULL,
    longitude FLOAT,
    latitude FLOAT,
    method VARCHAR(20) NOT NULL,
    vintage VARCHAR(40) NOT NULL,
    PRIMARY KEY (postcode)
);

CREATE TABLE sources (
    code VARCHAR(63) NOT NULL,
    name VARCHAR(255) NOT NULL,
    publisher VARCHAR(255) NOT NULL,
    owner VARCHAR(255) NOT NULL,
    purpose VARCHAR(500) NOT NULL,
    load_mode VARCHAR(10) NOT NULL,
    validation_required BOOLEAN NOT NULL,
    retention_days INTEGER NOT NULL,
    status VARCHAR(12) NOT NULL,
    last_validated_at TIMESTAMP WITHOUT TIME ZONE,
    last_load_at TIMESTAMP WITHOUT TIME ZONE,
    last_checked_at TIMESTAMP WITHOUT TIME ZONE,
    created_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (code)
);

CREATE TABLE load_events (
    load_id SERIAL NOT NULL,
    source_code VARCHAR(63) NOT NULL,
    period VARCHAR(10) NOT NULL,
    file_url TEXT NOT NULL,
    file_sha256 VARCHAR(64) NOT NULL,
    file_size_bytes INTEGER NOT NULL,
    load_mode VARCHAR(10) NOT NULL,
    status VARCHAR(12) NOT NULL,
    started_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    completed_at TIMESTAMP WITHOUT TIME ZONE,
    source_row_count INTEGER,
    rows_loaded INTEGER,
    rows_rejected INTEGER,
    error_type VARCHAR(60),
    error_message TEXT,
    triggered_by VARCHAR(60) NOT NULL,
    PRIMARY KEY (load_id),
    FOREIGN KEY(source_code) REFERENCES sources (code)
);

CREATE TABLE releases (
    source_code VARCHAR(63) NOT NULL,
    period VARCHAR(10) NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    revision INTEGER NOT NULL,
    published_on VARCHAR(10),
    demonstration BOOLEAN NOT NULL,
    files JSON NOT NULL,
    parts JSON NOT NULL,
    status VARCHAR(10) NOT NULL,
    judged_by VARCHAR(16) NOT NULL,
    stored_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (source_code, period, sha256, demonstration),
    UNIQUE (source_code, period, revision, demonstration),
    FOREIGN KEY(source_code) REFERENCES sources (code)
);

CREATE TABLE validation_results (
    validation_id SERIAL NOT NULL,
    load_id INTEGER,
    source_code VARCHAR(63) NOT NULL,
    period VARCHAR(10) NOT NULL,
    validation_type VARCHAR(15) NOT NULL,
    check_name TEXT NOT NULL,
    status VARCHAR(4) NOT NULL,
    "where" TEXT NOT NULL,
    "column" TEXT NOT NULL,
    message TEXT NOT NULL,
    expected TEXT NOT NULL,
    observed TEXT NOT NULL,
    n_failed INTEGER NOT NULL,
    n_total INTEGER NOT NULL,
    sample TEXT NOT NULL,
    next_step TEXT NOT NULL,
    validated_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (validation_id),
    FOREIGN KEY(load_id) REFERENCES load_events (load_id)
);
