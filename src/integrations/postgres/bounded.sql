-- What the bot may do, one function for each step. Each runs as the role that owns it, checks its step against the tables,
-- which the bot can only read, and refuses with 42501 what is not allowed.

-- The bot compares it with what it expects.
CREATE FUNCTION apono.version() RETURNS integer {{definer}} AS $apono$
BEGIN
    RETURN {{version}};
END
$apono$;

-- Refuses a transaction that does not see what others have changed since it began.
CREATE FUNCTION apono.sees() RETURNS void {{definer}} AS $apono$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'this transaction does not see what others changed since it began: use READ COMMITTED' USING ERRCODE = '25001';
    END IF;
END
$apono$;

-- The oid of a role that was created here.
CREATE FUNCTION apono.ours(role text) RETURNS oid {{definer}} AS $apono$
DECLARE
    it oid;
BEGIN
    PERFORM apono.sees();
    SELECT m.oid INTO it FROM apono.made m JOIN pg_catalog.pg_roles r ON r.oid = m.oid AND r.rolname = m.name
    WHERE r.rolname = ours.role AND NOT r.rolsuper;
    IF it IS NOT NULL THEN
        RETURN it;
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = ours.role) THEN
        RAISE EXCEPTION 'the role % was not created here', role USING ERRCODE = '42501';
    END IF;
    RAISE EXCEPTION 'the role % does not exist', role USING ERRCODE = '42704';
END
$apono$;

-- The same with its row locked, so an earlier lock of the role is seen.
CREATE FUNCTION apono.held(role text) RETURNS oid {{definer}} AS $apono$
DECLARE
    it CONSTANT oid := apono.ours(role);
BEGIN
    EXECUTE format('ALTER ROLE %I INHERIT', role);
    IF EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = it AND r.rolvaliduntil = '-infinity') THEN
        RAISE EXCEPTION 'the role % is locked', role USING ERRCODE = '55000';
    END IF;
    RETURN it;
END
$apono$;

-- Refuses a comment that does not say whose the role is, or that is for another role.
CREATE FUNCTION apono.noted(role text, login boolean, state text, note text) RETURNS void {{definer}} AS $apono$
DECLARE
    number CONSTANT text := substring(role FROM '^apono_[a-z2-7]{8}_ar([1-9][0-9]{0,17})(?:_|$)');
    install CONSTANT text := substr(role, 7, 8);
    kind CONSTANT text := CASE WHEN login THEN 'login' ELSE 'lease' END;
BEGIN
    IF note IS NULL OR length(note) > 500
       OR (note ~ concat('^apono AR-', number, ' of install ', install, '[a-z2-7]*, ', kind, ', ', state, '$')) IS NOT TRUE THEN
        RAISE EXCEPTION 'that is not a valid comment for the role %', role USING ERRCODE = '42501';
    END IF;
END
$apono$;

-- Refuses a missing or infinite end, and one that is later than any access may last.
CREATE FUNCTION apono.ends(until timestamptz, since timestamptz) RETURNS void {{definer}} AS $apono$
BEGIN
    IF until IS NULL OR NOT isfinite(until) OR until > since + (SELECT p.longest FROM apono.policy p) THEN
        RAISE EXCEPTION 'access may not last until %', coalesce(until::text, '(no end)') USING ERRCODE = '42501';
    END IF;
END
$apono$;

CREATE FUNCTION apono.make(role text, until timestamptz, login boolean, note text) RETURNS void {{definer}} AS $apono$
DECLARE
    install CONSTANT text := (SELECT p.install FROM apono.policy p);
BEGIN
    PERFORM apono.sees();
    IF role IS NULL OR login IS NULL OR octet_length(role) > 63
       OR role !~ '^apono_[a-z2-7]{8}_ar[1-9][0-9]{0,17}(_[a-z0-9_]+)?$'
       OR (install IS NOT NULL AND substr(role, 7, 8) <> install) THEN
        RAISE EXCEPTION 'no role may be created with the name %', quote_nullable(role) USING ERRCODE = '42501';
    END IF;
    PERFORM apono.noted(role, login, 'until [-0-9]{10}T[0-9:]{8}[.][0-9]{6}Z', note);
    PERFORM apono.ends(until, clock_timestamp());
    IF current_setting('server_version_num')::integer >= 160000 THEN
        -- The bot's session could set this, and so make the owner of this function a member of the roles it creates.
        PERFORM set_config('createrole_self_grant', '', true);
    END IF;
    EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT CONNECTION LIMIT 20 VALID UNTIL %L',
                   role, CASE WHEN login THEN 'LOGIN' ELSE 'NOLOGIN' END, until);
    EXECUTE format('COMMENT ON ROLE %I IS %L', role, note);
    DELETE FROM apono.made m WHERE m.name = make.role OR NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = m.oid);
    INSERT INTO apono.made (oid, name, login, made_at)
    SELECT r.oid, r.rolname, make.login, clock_timestamp() FROM pg_catalog.pg_roles r WHERE r.rolname = make.role;
END
$apono$;

-- Locks the role's row, so everything read afterwards stays true until the commit.
CREATE FUNCTION apono.touch(role text) RETURNS void {{definer}} AS $apono$
BEGIN
    PERFORM apono.ours(role);
    EXECUTE format('ALTER ROLE %I INHERIT', role);
END
$apono$;

CREATE FUNCTION apono.extend(role text, until timestamptz, note text) RETURNS void {{definer}} AS $apono$
DECLARE
    it CONSTANT oid := apono.held(role);
    made apono.made;
BEGIN
    SELECT * INTO STRICT made FROM apono.made m WHERE m.oid = it;
    PERFORM apono.noted(role, made.login, 'until [-0-9]{10}T[0-9:]{8}[.][0-9]{6}Z', note);
    PERFORM apono.ends(until, made.made_at);
    EXECUTE format('ALTER ROLE %I VALID UNTIL %L', role, until);
    EXECUTE format('COMMENT ON ROLE %I IS %L', role, note);
END
$apono$;

CREATE FUNCTION apono.give("group" text, role text, set_role boolean) RETURNS void {{definer}} AS $apono$
BEGIN
    IF NOT EXISTS (SELECT FROM apono.groups g JOIN pg_catalog.pg_roles r ON r.oid = g.oid AND r.rolname = g.name
                   WHERE r.rolname = give."group" AND NOT r.rolsuper AND (g.set_role OR give.set_role IS FALSE)) THEN
        RAISE EXCEPTION 'the group role % may not be given%', "group", CASE WHEN set_role THEN ' with SET ROLE' ELSE '' END
            USING ERRCODE = '42501';
    END IF;
    PERFORM apono.held(role);
    IF current_setting('server_version_num')::integer < 160000 THEN
        EXECUTE format('GRANT %I TO %I', "group", role);
    ELSE
        EXECUTE format('GRANT %I TO %I WITH ADMIN FALSE, INHERIT TRUE, SET %s', "group", role,
                       CASE WHEN set_role THEN 'TRUE' ELSE 'FALSE' END);
    END IF;
END
$apono$;

-- Does not need the role's row, which its owner could lock.
CREATE FUNCTION apono.take("group" text, role text) RETURNS void {{definer}} AS $apono$
BEGIN
    PERFORM apono.ours(role);
    EXECUTE format('REVOKE %I FROM %I', "group", role);
END
$apono$;

CREATE FUNCTION apono.join(lease text, account text) RETURNS void {{definer}} AS $apono$
DECLARE
    it CONSTANT oid := apono.held(lease);
BEGIN
    IF NOT EXISTS (SELECT FROM apono.accounts a JOIN pg_catalog.pg_roles r ON r.oid = a.oid AND r.rolname = a.name
                   WHERE r.rolname = "join".account AND NOT r.rolsuper AND NOT a.ending) THEN
        RAISE EXCEPTION 'the account % may not be given access', account USING ERRCODE = '42501';
    END IF;
    IF EXISTS (SELECT FROM apono.made m WHERE m.oid = it AND m.login) THEN
        RAISE EXCEPTION 'the role % is a login, not a lease', lease USING ERRCODE = '42501';
    END IF;
    IF current_setting('server_version_num')::integer < 160000 THEN
        EXECUTE format('GRANT %I TO %I', lease, account);
    ELSE
        EXECUTE format('GRANT %I TO %I WITH ADMIN FALSE, INHERIT TRUE, SET FALSE', lease, account);
    END IF;
END
$apono$;

CREATE FUNCTION apono.part(lease text, account text) RETURNS void {{definer}} AS $apono$
BEGIN
    PERFORM apono.ours(lease);
    EXECUTE format('REVOKE %I FROM %I', lease, account);
END
$apono$;

-- No login, no password, no time and no connection. Without a note the comment stays.
CREATE FUNCTION apono.lock(role text, note text) RETURNS void {{definer}} AS $apono$
DECLARE
    it CONSTANT oid := apono.ours(role);
BEGIN
    EXECUTE format('ALTER ROLE %I NOLOGIN PASSWORD NULL VALID UNTIL ''-infinity'' CONNECTION LIMIT 0', role);
    IF note IS NOT NULL THEN
        PERFORM apono.noted(role, (SELECT m.login FROM apono.made m WHERE m.oid = it), 'revoked(, [^[:cntrl:]]*)?', note);
        EXECUTE format('COMMENT ON ROLE %I IS %L', role, note);
    END IF;
END
$apono$;

-- Never a password, because it could leak into the server's log or to other clients.
CREATE FUNCTION apono.verifier(role text, verifier text) RETURNS void {{definer}} AS $apono$
DECLARE
    it CONSTANT oid := apono.held(role);
BEGIN
    IF (verifier ~ '^SCRAM-SHA-256[$][0-9]{4,7}:([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$') IS NOT TRUE THEN
        RAISE EXCEPTION 'that is not a SCRAM verifier' USING ERRCODE = '42501';
    END IF;
    IF EXISTS (SELECT FROM apono.made m WHERE m.oid = it AND NOT m.login) THEN
        RAISE EXCEPTION 'the role % is not a login', role USING ERRCODE = '42501';
    END IF;
    EXECUTE format('ALTER ROLE %I PASSWORD %L', role, verifier);
END
$apono$;

-- Ends a session of a role that was created here, of an account in the config, of a role that is gone, or one that is starting.
-- False if there is none.
CREATE FUNCTION apono.end_session(pid integer) RETURNS boolean {{definer}} AS $apono$
DECLARE
    whose oid;
    shows boolean;
BEGIN
    PERFORM apono.sees();
    PERFORM pg_stat_clear_snapshot();
    SELECT a.usesysid INTO whose FROM pg_catalog.pg_stat_activity a WHERE a.pid = end_session.pid;
    shows := FOUND;
    IF whose IS NULL THEN
        -- Before 18 a starting session is not shown at all, and an entry without a user is one of the server's own processes.
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = end_session.pid AND l.locktype = 'virtualxid') THEN
            RETURN false;
        END IF;
        IF shows AND current_setting('server_version_num')::integer < 180000 THEN
            RAISE EXCEPTION 'the process % is not a session', pid USING ERRCODE = '42501';
        END IF;
    ELSIF EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = whose)
          AND NOT EXISTS (SELECT FROM apono.made m JOIN pg_catalog.pg_roles r ON r.oid = m.oid AND r.rolname = m.name
                          WHERE m.oid = whose)
          AND NOT EXISTS (SELECT FROM apono.accounts a JOIN pg_catalog.pg_roles r ON r.oid = a.oid AND r.rolname = a.name
                          WHERE a.oid = whose) THEN
        RAISE EXCEPTION 'the session of process % may not be ended', pid USING ERRCODE = '42501';
    END IF;
    RETURN pg_terminate_backend(pid);
END
$apono$;

-- Drops only a locked role that owns nothing anywhere and was given nothing in another database.
CREATE FUNCTION apono.drop(role text) RETURNS void {{definer}} AS $apono$
DECLARE
    it CONSTANT oid := apono.ours(role);
    lending CONSTANT text := CASE WHEN current_setting('server_version_num')::integer < 160000 THEN ''
                                  ELSE ' WITH ADMIN FALSE, INHERIT TRUE, SET FALSE' END;
    one text;
    lent text[] := '{}';
BEGIN
    EXECUTE format('ALTER ROLE %I INHERIT', role);
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid = it AND NOT r.rolcanlogin AND r.rolvaliduntil = '-infinity') THEN
        RAISE EXCEPTION 'the role % is not locked', role USING ERRCODE = '55000';
    END IF;
    PERFORM pg_stat_clear_snapshot();
    IF EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.usesysid = it) THEN
        RAISE EXCEPTION 'the role % has a session', role USING ERRCODE = '55006';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts p WHERE p.owner = "drop".role) THEN
        RAISE EXCEPTION 'the role % has a prepared transaction', role USING ERRCODE = '55006';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_shdepend d
               WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = it AND d.deptype = 'o'
                 AND d.classid NOT IN ('pg_catalog.pg_default_acl'::pg_catalog.regclass, 'pg_catalog.pg_user_mapping'::pg_catalog.regclass)) THEN
        RAISE EXCEPTION 'the role % owns something', role USING ERRCODE = '2BP01';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_shdepend d
               WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = it) THEN
        -- Only members can take back what a role and its groups gave. The owner of this function is one until the transaction
        -- ends.
        FOR one IN
            SELECT r.rolname FROM pg_catalog.pg_roles r LEFT JOIN apono.groups g ON g.oid = r.oid
            WHERE (g.oid IS NOT NULL OR r.oid = it) AND NOT r.rolsuper AND NOT pg_has_role(current_user, r.oid, 'USAGE')
        LOOP
            EXECUTE format('GRANT %I TO CURRENT_USER', one) || lending;
            lent := lent || one;
        END LOOP;
        EXECUTE format('DROP OWNED BY %I', role);
        FOREACH one IN ARRAY lent LOOP
            EXECUTE format('REVOKE %I FROM CURRENT_USER', one);
        END LOOP;
    END IF;
    EXECUTE format('DROP ROLE %I', role);
    DELETE FROM apono.made m WHERE m.oid = it;
END
$apono$;
