//! What only shows at the edge of the database: migrations, and too much at once.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use cardea::store::{self, Error, settings};

use crate::support::*;

on_both! {
    fn every_migration_runs_up_and_down_and_up_again(setup) {
        let database = Database::empty(setup.kind());
        let options = database.options();
        let all = store::pending_migrations(&options).unwrap();
        assert!(all.iter().any(|name| name.ends_with("_create_tables")), "{all:?}");
        for _ in 0..2 {
            assert_eq!(store::migrate(&options).unwrap(), all);
            assert!(store::pending_migrations(&options).unwrap().is_empty());
            assert!(store::migrate(&options).unwrap().is_empty());
            assert_eq!(store::revert_migrations(&options).unwrap(), all.len());
        }
        assert_eq!(database.tables(), ["__diesel_schema_migrations"]);
    }

    fn many_nodes_that_start_at_once_migrate_once(setup) {
        let database = Database::empty(setup.kind());
        let options = database.options();
        let ran: usize = std::thread::scope(|scope| {
            let nodes: Vec<_> =
                (0..6).map(|_| scope.spawn(|| store::migrate(&options).unwrap().len())).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).sum()
        });
        assert!(store::pending_migrations(&options).unwrap().is_empty());
        store::revert_migrations(&options).unwrap();
        assert_eq!(ran, store::pending_migrations(&options).unwrap().len());
    }

    fn a_schema_of_a_newer_version_is_left_alone(setup) {
        let database = Database::filled(setup.kind());
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')";
        database.execute(newer);
        let options = database.options();
        let vault = cardea::store::vault::Vault::new(&[7; 32]);
        let refusals = [
            store::migrate(&options).err(),
            store::pending_migrations(&options).err(),
            cardea::store::Store::open(&options, vault).err(),
        ];
        for refusal in refusals {
            let text = refusal.unwrap().to_string();
            assert!(text.contains("99990101000000") && text.contains("run the newer one"), "{text}");
        }
    }

    fn a_fault_rolls_back_and_leaves_the_store_usable(setup) {
        let server = setup.start();
        let failed = block_on(server.app().store.write(|db| {
            settings::save_organisation(db, "Halfway")?;
            Err::<(), Error>(Error::Unreadable("the test wants it so".into()))
        }));
        assert!(failed.is_err());
        assert_eq!(server.read(settings::find).organisation, None);
        let panicked = block_on(server.app().store.write(|db| -> Result<(), Error> {
            settings::save_organisation(db, "Panic")?;
            panic!("the test wants it so")
        }));
        assert!(panicked.is_err());
        assert_eq!(server.read(settings::find).organisation, None);
        server.write(|db| settings::save_organisation(db, "After"));
        assert_eq!(server.read(settings::find).organisation.as_deref(), Some("After"));
    }

    /// Somebody holds the only writer; who comes meanwhile waits for a second, then is sent away.
    fn who_cannot_be_served_in_time_is_asked_to_come_again(setup) {
        let setup_kind = setup.kind();
        let server = setup
            .with("database.wait", "1s")
            .with("database.pool_size", "1")
            .with("database.write_queue", "4")
            .start();
        let shop = server.relying_party("shop");
        let visit = shop.sign_in("alice");
        let (code, browser) = (visit.code(), visit.browser);
        let (let_go, held) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let store = server.clone();
        let holder = std::thread::spawn(move || {
            let held = Arc::new(std::sync::Mutex::new(held));
            block_on(store.app().store.write(move |_| {
                tell.send(()).unwrap();
                held.lock().unwrap().recv().unwrap();
                Ok::<_, Error>(())
            }))
        });
        told.recv().unwrap();
        let start = Instant::now();
        let answer = shop.redeem(&code);
        assert_eq!((answer.0.status, answer.0.header("retry-after")), (503, Some("2")));
        assert_eq!(answer.error(), "temporarily_unavailable");
        assert!(start.elapsed() < Duration::from_secs(10));
        let page = server.get(&shop.request(&[]));
        assert_eq!((page.status, page.header("retry-after")), (503, Some("2")));
        assert!(text(&page.body).contains("cannot continue just now"));
        if setup_kind == Kind::Postgres {
            // There even the cookie cannot be looked up.
            let page = browser.open("/account");
            assert_eq!((page.status(), page.answer.header("retry-after")), (503, Some("2")));
            assert!(page.text().contains("cannot continue just now"), "{}", page.text());
        }
        let_go.send(()).unwrap();
        holder.join().unwrap().unwrap();
        assert!(shop.redeem(&code).is_granted(), "nothing was done");
    }

    fn a_full_queue_of_password_hashes_sends_people_away(setup) {
        let server = setup
            .with("password.workers", "1")
            .with("password.queue", "1")
            .with("password.hash_memory_kib", "65536")
            .with("throttle.enabled", "false")
            .start();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..12)
                .map(|number| {
                    scope.spawn({
                        let browser = server.browser();
                        move || {
                            let name = format!("nobody-{number}");
                            let page = browser.open("/login");
                            browser
                                .press(&page, "sign-in", &[("username", &name), ("password", "x")])
                                .status()
                        }
                    })
                })
                .collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert!(statuses.iter().all(|status| [422, 503].contains(status)), "{statuses:?}");
        assert!(statuses.contains(&503) && statuses.contains(&422), "{statuses:?}");
        server.browser().sign_in("alice");
    }
}

/// As when the database starts anew: whatever was open is closed, and nobody is told.
#[test]
fn connections_that_postgresql_closed_cost_one_request_at_most() {
    let server = Setup::on(Kind::Postgres).start();
    let open_all = || {
        let pool = server.app().config.database.pool_size;
        std::thread::scope(|scope| {
            for _ in 0..pool {
                scope.spawn(|| server.read(|db| settings::find(db).inspect(|_| std::thread::sleep(SHORTLY))));
            }
        });
    };
    let close_all = || {
        server.database().execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
              WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    };
    let app = server.app();
    let shop = server.relying_party("shop");
    let code = shop.sign_in("alice").code();

    open_all();
    close_all();
    let first = server.get("/readyz");
    assert_eq!((first.status, first.header("retry-after")), (503, Some("2")), "{}", first.body);
    assert_eq!(first.error(), "temporarily_unavailable");
    for _ in 0..6 {
        assert_eq!(server.get("/readyz").status, 200);
    }
    assert_eq!(server.get("/login").status, 200);
    assert!(shop.redeem(&code).is_granted());
    assert!(block_on(app.store.refresh()).is_ok());

    // A page and a write meet it likewise.
    let browser = server.browser();
    browser.sign_in("alice");
    open_all();
    close_all();
    let page = browser.open("/account");
    assert_eq!((page.status(), page.answer.header("retry-after")), (503, Some("2")));
    assert_eq!(browser.open("/account").status(), 200);
    open_all();
    close_all();
    let write = || block_on(app.store.write(|db| settings::save_organisation(db, "After")));
    assert!(matches!(write(), Err(Error::Unreachable(_))));
    for _ in 0..4 {
        write().unwrap();
    }
    assert_eq!(server.read(settings::find).organisation.as_deref(), Some("After"));
}

const SHORTLY: Duration = Duration::from_millis(300);
