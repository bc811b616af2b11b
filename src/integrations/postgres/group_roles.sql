-- apono: the group roles for the permissions of the integration {{integration}}, and their rights in one database.
--
-- For a superuser, or a role that may act for everybody who owns tables in the database, such as the provider's own admin role.
-- Run it {{where_to_run}}.
-- In psql:
--     \set ON_ERROR_STOP on
--     \i group-roles.sql
-- What each permission gets, which its name decides:
{{chosen}}
-- All of them get CONNECT. A group role of several permissions gets the rights of the least of them, and rights that one has
-- already stay. It is one transaction and can be run again, for example after a new schema or a new owner of tables. Afterwards,
-- run the SQL of `apono integrations setup-sql {{integration}}` again: it lets the bot give the new roles.

SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);
SELECT pg_catalog.set_config('lock_timeout', '5s', false);

BEGIN READ WRITE;

DO {{quote}}
DECLARE
    wanted pg_catalog.text;
    on_tables pg_catalog.text;
    on_sequences pg_catalog.text;
    on_schemas pg_catalog.text;
    -- Neither what extensions brought along, nor what a login of a grant left behind.
    schemas pg_catalog.oid[] := ARRAY(
        SELECT n.oid FROM pg_namespace n
        WHERE n.nspname NOT IN ('information_schema', 'apono') AND NOT starts_with(n.nspname, 'pg_')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'));
    relations pg_catalog.oid[] := ARRAY(
        SELECT c.oid FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner
        WHERE c.relnamespace = ANY (schemas) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND o.rolname !~ {{of_a_grant}}
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'));
    place pg_catalog.text;
    name pg_catalog.text;
    owner pg_catalog.text;
    is_sequence pg_catalog.bool;
    owners pg_catalog.text[] := '{}';
BEGIN
    IF NOT ({{is_meant}}) THEN
        RAISE EXCEPTION 'the integration does not offer the database %: run this in one that it offers', current_database();
    END IF;
    FOR wanted, on_tables, on_sequences, on_schemas IN
        -- Group role, and rights on tables, sequences and schemas. If two permissions have one group role, it gets the lesser.
        SELECT DISTINCT ON (g.name) g.name, p.tables, p.sequences, p.schemas
        FROM (VALUES
            {{rows}}
        ) AS p(template, level, tables, sequences, schemas),
        LATERAL (SELECT replace(p.template, {{place}}, current_database())) AS g(name)
        ORDER BY g.name, p.level
    LOOP
        IF octet_length(wanted) > 63 THEN
            RAISE EXCEPTION 'the name % is longer than 63 bytes: use a shorter one in `permissions`', wanted;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
        FOR place IN SELECT nspname FROM pg_namespace WHERE oid = ANY (schemas) LOOP
            EXECUTE format('GRANT %s ON SCHEMA %I TO %I', on_schemas, place, wanted);
        END LOOP;
        CONTINUE WHEN on_tables IS NULL;
        -- What is there.
        FOR place, name, is_sequence IN
            SELECT n.nspname, c.relname, c.relkind = 'S'
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY (relations)
        LOOP
            IF is_sequence THEN
                EXECUTE format('GRANT %s ON SEQUENCE %I.%I TO %I', on_sequences, place, name, wanted);
            ELSE
                EXECUTE format('GRANT %s ON TABLE %I.%I TO %I', on_tables, place, name, wanted);
            END IF;
        END LOOP;
        -- What comes later, made by the owner of the schema or by whoever owns something there now.
        FOR place, owner IN
            SELECT n.nspname, o.rolname FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = c.relowner
            WHERE c.oid = ANY (relations)
            UNION
            SELECT n.nspname, o.rolname FROM pg_namespace n
            JOIN pg_database d ON d.datname = current_database()
            JOIN pg_roles s ON s.oid = n.nspowner
            JOIN pg_roles o ON o.oid = CASE s.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE s.oid END
            WHERE n.oid = ANY (schemas)
        LOOP
            IF NOT pg_has_role(owner::name, 'MEMBER') THEN
                RAISE WARNING 'no rights for % on what % creates later in %: run this as a superuser', wanted, owner, place;
                CONTINUE;
            END IF;
            EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT %s ON TABLES TO %I', owner, place, on_tables, wanted);
            EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT %s ON SEQUENCES TO %I', owner, place, on_sequences, wanted);
            IF NOT owner = ANY (owners) THEN
                owners := owners || owner;
            END IF;
        END LOOP;
    END LOOP;
    RAISE NOTICE 'later tables and sequences are included if one of these roles creates them: %. If another role will, run this again after its first table.', array_to_string(owners, ', ');
END
{{quote}};

COMMIT;
