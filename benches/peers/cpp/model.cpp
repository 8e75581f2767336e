// The baseline model as plain scalar C++20: one path at a time, one thread, structs and loops.
// Written from the equations of the model contract alone; it shares nothing with the Rust program but the numbers of a scenario.
//
//   model PARAMS.txt WORLDS PATHS SEED > result.json
#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

using i64 = std::int64_t;
using u64 = std::uint64_t;

[[noreturn]] static void die(const std::string& why) {
    std::fprintf(stderr, "model: %s\n", why.c_str());
    std::exit(2);
}

// ---------------------------------------------------------------------------------------------- random numbers

static u64 splitmix(u64& s) {
    u64 z = (s += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

struct Rng {  // xoshiro256++
    u64 s[4];
    double spare = 0;
    bool has_spare = false;

    Rng(u64 seed, u64 a, u64 b) {
        u64 x = seed;
        x = splitmix(x) ^ (a * 0xd1342543de82ef95ULL);
        x = splitmix(x) ^ (b * 0xaf251af3b0f025b5ULL);
        for (auto& w : s) w = splitmix(x);
    }
    u64 next() {
        const u64 r = std::rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
        s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = std::rotl(s[3], 45);
        return r;
    }
    double uniform() { return (double(next() >> 12) + 0.5) * 0x1p-52; }  // inside (0, 1)
    double normal() {                                                    // Marsaglia's polar method
        if (has_spare) { has_spare = false; return spare; }
        double x, y, r;
        do {
            x = 2 * uniform() - 1;
            y = 2 * uniform() - 1;
            r = x * x + y * y;
        } while (r >= 1 || r == 0);
        const double f = std::sqrt(-2 * std::log(r) / r);
        spare = y * f;
        has_spare = true;
        return x * f;
    }
    double gamma(double a) {  // Marsaglia and Tsang
        if (a < 1) {
            const double u = uniform();
            return gamma(a + 1) * std::pow(u, 1 / a);
        }
        const double d = a - 1.0 / 3, c = 1 / std::sqrt(9 * d);
        for (;;) {
            const double x = normal();
            double v = 1 + c * x;
            if (v <= 0) continue;
            v = v * v * v;
            const double u = uniform();
            if (u < 1 - 0.0331 * x * x * x * x) return d * v;
            if (std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v))) return d * v;
        }
    }
    double beta(double a, double b) {
        const double x = gamma(a), y = gamma(b);
        return x / (x + y);
    }
    i64 binomial(i64 n, double p) {
        if (n <= 0 || p <= 0) return 0;
        if (p >= 1) return n;
        if (p > 0.5) return n - binomial_half(n, 1 - p);
        return binomial_half(n, p);
    }
    i64 beta_binomial(i64 n, double mu, double kappa) {
        if (n <= 0 || mu <= 0) return 0;
        if (mu >= 1) return n;
        return binomial(n, beta(mu * kappa, (1 - mu) * kappa));
    }

private:
    static double stirling(double k) {  // ln k! - (its Stirling approximation without correction)
        static constexpr double t[10] = {0.0810614667953272,  0.0413406959554092,  0.0276779256849983,  0.02079067210376509,
                                         0.0166446911898211,  0.0138761288230707,  0.0118967099458917,  0.0104112652619720,
                                         0.00925546218271273, 0.00833056343336287};
        if (k <= 9) return t[int(k)];
        const double q = (k + 1) * (k + 1);
        return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / q) / q) / (k + 1);
    }
    i64 binomial_half(i64 ni, double p) {
        const double n = double(ni), q = 1 - p;
        if (n * p < 10) {  // inversion
            const double s = p / q;
            for (;;) {
                double f = std::exp(n * std::log1p(-p)), u = uniform();
                i64 k = 0;
                while (u > f && k <= 200) {
                    u -= f;
                    ++k;
                    f *= s * (n - double(k) + 1) / double(k);
                }
                if (k <= 200 && k <= ni) return k;
            }
        }
        // BTRS: transformed rejection with squeeze (Hoermann 1993)
        const double spq = std::sqrt(n * p * q), b = 1.15 + 2.53 * spq, a = -0.0873 + 0.0248 * b + 0.01 * p, c = n * p + 0.5;
        const double vr = 0.92 - 4.2 / b, r = p / q, alpha = (2.83 + 5.1 / b) * spq, m = std::floor((n + 1) * p);
        for (;;) {
            const double u = uniform() - 0.5;
            double v = uniform();
            const double us = 0.5 - std::fabs(u), k = std::floor((2 * a / us + b) * u + c);
            if (us >= 0.07 && v <= vr) return i64(k);
            if (k < 0 || k > n) continue;
            v = std::log(v * alpha / (a / (us * us) + b));
            const double top = (m + 0.5) * std::log((m + 1) / (r * (n - m + 1))) + (n + 1) * std::log((n - m + 1) / (n - k + 1)) +
                               (k + 0.5) * std::log(r * (n - k + 1) / (k + 1)) + stirling(m) + stirling(n - m) - stirling(k) -
                               stirling(n - k);
            if (v <= top) return i64(k);
        }
    }
};

static double phi(double x) { return 0.5 * std::erfc(-x * M_SQRT1_2); }

static double phi_inv(double p) {  // Acklam, then one Halley step
    if (p <= 0) return -INFINITY;
    if (p >= 1) return INFINITY;
    static constexpr double a[6] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                    1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
    static constexpr double b[5] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                                    -1.328068155288572e+01};
    static constexpr double c[6] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                                    -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
    static constexpr double d[4] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
    double x;
    if (p < 0.02425 || p > 1 - 0.02425) {
        const double q = std::sqrt(-2 * std::log(p < 0.5 ? p : 1 - p));
        x = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
        if (p > 0.5) x = -x;
    } else {
        const double q = p - 0.5, r = q * q;
        x = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
            (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
    }
    const double e = phi(x) - p, u = e * std::sqrt(2 * M_PI) * std::exp(0.5 * x * x);
    return x - u / (1 + 0.5 * x * u);
}

// ---------------------------------------------------------------------------------------------- inputs

constexpr i64 UNLIMITED = 1'000'000'000'000;

struct Input {
    std::string kind;
    std::vector<double> x;
    double lo = -INFINITY, hi = INFINITY;

    double once(Rng& g) const {
        if (kind == "fixed" || kind == "bool") return x[0];
        if (kind == "unlimited") return double(UNLIMITED);
        if (kind == "uniform") return x[0] + (x[1] - x[0]) * g.uniform();
        if (kind == "normal") return x[0] + x[1] * g.normal();
        if (kind == "beta") return x[2] + (x[3] - x[2]) * g.beta(x[0], x[1]);
        if (kind == "triangular") {
            const double u = g.uniform(), w = x[2] - x[0], f = (x[1] - x[0]) / w;
            return u < f ? x[0] + std::sqrt(u * w * (x[1] - x[0])) : x[2] - std::sqrt((1 - u) * w * (x[2] - x[1]));
        }
        if (kind == "pert") {
            const double w = x[2] - x[0];
            return x[0] + w * g.beta(1 + 4 * (x[1] - x[0]) / w, 1 + 4 * (x[2] - x[1]) / w);
        }
        if (kind == "lognormal") {
            const double a = std::log(x[0]), b = std::log(x[1]);
            return std::exp((a + b) / 2 + (b - a) / 2.5631031310892007 * g.normal());
        }
        if (kind == "metalog") {
            const double l = std::log(x[0]), m = std::log(x[1]), h = std::log(x[2]), k = std::log(9.0);
            const double y = g.uniform(), t = std::log(y / (1 - y));
            return std::exp(m + (h - l) / (2 * k) * t + (h + l - 2 * m) / (0.8 * k) * (y - 0.5) * t);
        }
        if (kind == "choice") {
            double u = g.uniform();
            const int n = int(x[0]);
            for (int i = 0; i < n - 1; ++i) {
                if (u < x[2 + 2 * i]) return x[1 + 2 * i];
                u -= x[2 + 2 * i];
            }
            return x[2 * n - 1];
        }
        die("no number: " + kind);
    }
    double draw(Rng& g) const {
        for (;;) {
            const double v = once(g);
            if (v >= lo && v <= hi) return v;
        }
    }
};

struct Params {
    std::map<std::string, Input> in;
    std::map<std::string, std::string> text;
    std::vector<std::string> buyers;

    explicit Params(const char* file) {
        std::ifstream f(file);
        if (!f) die(std::string("cannot read ") + file);
        std::string line;
        while (std::getline(f, line)) {
            std::istringstream s(line);
            std::string key, w;
            Input i;
            s >> key >> i.kind;
            if (i.kind == "text") { s >> text[key]; continue; }
            while (s >> w) {
                if (w == "truncate") { s >> i.lo >> i.hi; break; }
                i.x.push_back(std::stod(w));
            }
            if (key.starts_with("buyers.")) {
                const std::string name = key.substr(7, key.find('.', 7) - 7);
                if (buyers.empty() || buyers.back() != name) buyers.push_back(name);
            }
            in[key] = i;
        }
        auto must = [&](const char* k, double v) { if (fixed(k) != v) die(std::string(k) + " is not supported at this value"); };
        must("domestic.pairing_ratio", 0);
        must("h20.units_per_month", 0);
        must("diplomacy.loading", 0);
        must("shipping.mainland_share", 1);
        for (auto& b : buyers) must(("buyers." + b + ".granted_at_start_chips").c_str(), 0);
        if (text["requests.behaviour"] != "best_response") die("requests.behaviour is not supported");
        if (text["shipping.rationing"] != "proportional") die("shipping.rationing is not supported");
    }
    const Input& get(const std::string& k) const {
        auto i = in.find(k);
        if (i == in.end()) die("missing key " + k);
        return i->second;
    }
    double fixed(const std::string& k) const {
        const Input& i = get(k);
        if (i.kind != "fixed" && i.kind != "bool") die(k + " must be certain");
        return i.x[0];
    }
};

// ---------------------------------------------------------------------------------------------- a world: what nobody knows

constexpr int MAXN = 16, MAXT = 60, MAXL = 36, MAXS = 13;
enum Beijing { F, P, C, O };
enum Washington { R, W, L };
static const char* const BEIJING[4] = {"frozen", "pending", "case_by_case", "open"};
static const char* const WASHINGTON[3] = {"revoked", "waiting", "licensing"};
static const char* const TYPE[4] = {"stonewall", "drip", "quota", "open"};

struct Buyer {
    bool approvable, licensable, mandate, asks;
    double need, tau, denial, favour, discretion, grey;
};

struct World {
    int n, months, line, transit;
    int b0, u0, licence_min, cooling;
    bool squeezed;
    i64 inv0, row0, base_us, wip0, s_min, cap, lab, tranche, d_max, price;
    double y_inf, y_gap, nu, kappa_y, c_max, sigma_c, phi_c, sq_on, sq_off, q, omega, c_s, pause;
    double share[MAXT];  // b_t
    double d[MAXT];      // US demand, floored
    double phi_us, c_row, eta_u, ell, ceiling, eta_b, rho, gamma_u, gamma_v, size_ref, zeta, conv;
    i64 fee_bp;
    double pb[4][4], pu[3][3];
    double approve[4], refuse[4], a_raw[4], mu[4], kappa[4], clear[4];
    i64 lot[4], ahead[4];
    i64 quota;
    double g, sigma_d, lapse, iota, kappa_d;
    i64 wt0[MAXN], wi0[MAXN];
    double new_need[MAXN][MAXT], plan[MAXN];
    double c_u, c_o, r, s, m0, lambda_m, lambda_0, theta_max, psi, chi;
    double dom[MAXT], sigma_dom;
    i64 e_i, e_t;
    double s_i, s_t;
    double delta, enforce, eps, pi_ref, zeta_g, pi_s;
    double cost, opportunity, salvage, mfu, b300;
    Buyer buyer[MAXN];

    World(const Params& p, Rng& g_) {
        auto v = [&](const std::string& k) { return p.get(k).draw(g_); };
        auto whole = [&](const std::string& k) { return i64(std::floor(v(k))); };
        n = int(p.buyers.size());
        months = int(v("months"));
        if (n > MAXN || months > MAXT) die("too many buyers or months");
        line = int(v("supply.line_months"));
        inv0 = whole("supply.stock_chips");
        s_min = whole("supply.minimum_starts_per_month");
        wip0 = i64(std::floor(v("supply.line_fill_ratio") * double(s_min)));
        squeezed = v("supply.squeezed_at_start") != 0;
        y_inf = v("supply.yield_share");
        y_gap = v("supply.yield_gap_at_start_share");
        nu = v("supply.yield_learning_chips");
        kappa_y = v("supply.yield_concentration");
        c_max = std::min({v("supply.wafers_per_month") * v("supply.dies_per_wafer"),
                          v("supply.packaging_wafers_per_month") * v("supply.packages_per_wafer"),
                          v("supply.memory_stacks_per_month") / v("supply.memory_stacks_per_chip")});
        const double b_0 = v("supply.newer_chips_share_at_start"), b_1 = v("supply.newer_chips_share_later");
        const double t_r = v("supply.ramp_start_months"), tau_r = v("supply.ramp_months");
        const bool fixed_share = v("supply.forbid_diversion") != 0;
        const double d_0 = v("us_market.demand_chips_per_month"), decline = v("us_market.decline_per_month");
        for (int t = 1; t <= months; ++t) {
            share[t - 1] = fixed_share ? b_0 : b_1 + (b_0 - b_1) * std::exp(-std::max(t - t_r, 0.0) / tau_r);
            d[t - 1] = std::floor(d_0 * std::pow(1 - decline, t - 1));
        }
        sigma_c = v("supply.capacity_log_std_dev");
        phi_c = v("supply.capacity_persistence");
        sq_on = v("supply.squeeze_begins_per_month");
        sq_off = v("supply.squeeze_ends_per_month");
        q = v("supply.squeeze_capacity_ratio");
        omega = v("supply.build_ahead_share");
        c_s = v("supply.us_cover_months");
        pause = v("supply.pause_share_when_frozen");
        phi_us = v("us_market.us_share");
        c_row = v("us_market.cover_months");
        base_us = whole("us_market.base_shipped_chips");
        row0 = i64(std::floor(double(base_us) / phi_us));

        u0 = find(WASHINGTON, 3, p.text.at("washington.start"));
        eta_u = v("washington.visibility_hazard");
        licence_min = int(v("washington.licence_minimum_months"));
        ell = v("washington.licence_per_month");
        ceiling = v("washington.ceiling_share");
        cap = whole("washington.customer_cap_chips");
        fee_bp = i64(std::llround(v("washington.fee_share") * 10000));
        for (int a = 0; a < 3; ++a)
            for (int b = 0; b < 3; ++b) pu[a][b] = v(std::string("washington.transitions.") + WASHINGTON[a] + "." + WASHINGTON[b]);

        b0 = find(BEIJING, 4, p.text.at("beijing.start"));
        eta_b = v("beijing.visibility_hazard");
        rho = v("beijing.correlation");
        gamma_u = v("beijing.training_weight");
        gamma_v = v("beijing.size_weight");
        size_ref = v("beijing.size_reference_chips");
        cooling = int(v("beijing.cooling_off_months"));
        zeta = v("beijing.quota_share");
        const double assessed = v("beijing.assessment_ratio");
        conv = v("beijing.confirmed_share");
        double weight[4], sum = 0;
        for (int k = 0; k < 4; ++k) sum += weight[k] = v(std::string("beijing.types.") + TYPE[k] + ".weight");
        double pick = g_.uniform() * sum;
        int k = 0;
        while (k < 3 && pick >= weight[k]) pick -= weight[k++];
        const std::string ty = std::string("beijing.types.") + TYPE[k] + ".";
        const double lo = v(ty + "loosen_ratio"), ti = v(ty + "tighten_ratio"), lot_x = v(ty + "lot_ratio"), clear_x = v(ty + "clear_ratio");
        const double lots = v("shipping.lots_ahead");
        for (int a = 0; a < 4; ++a) {
            double off = 0;
            for (int b = 0; b < 4; ++b) {
                pb[a][b] = v(std::string("beijing.transitions.") + BEIJING[a] + "." + BEIJING[b]);
                if (a != b) off += pb[a][b] *= b > a ? lo : ti;
            }
            if (off > 1)
                for (int b = 0; b < 4; ++b) if (a != b) pb[a][b] /= off;
            pb[a][a] = std::max(0.0, 1 - off);
            const std::string re = std::string("beijing.regimes.") + BEIJING[a] + ".";
            a_raw[a] = v(re + "approve_per_month");
            approve[a] = phi_inv(a_raw[a]);
            refuse[a] = phi_inv(1 - v(re + "refuse_per_month"));
            mu[a] = v(re + "granted_share");
            kappa[a] = v(re + "granted_concentration");
            double cl = v(re + "clear_per_month");
            double lt = std::floor(v(re + "lot_chips"));
            if (a == C) { cl = std::min(1.0, cl * clear_x); if (lt < double(UNLIMITED)) lt *= lot_x; }
            clear[a] = phi_inv(cl);
            lot[a] = i64(std::floor(lt));
            ahead[a] = lt >= double(UNLIMITED) ? UNLIMITED : i64(std::floor(lots * lt));
        }

        kappa_d = v("needs.scale");
        g = v("needs.growth_per_month");
        sigma_d = v("needs.log_std_dev");
        const double pent = v("needs.pent_up_months");
        lapse = v("needs.lapse_per_month");
        iota = v("requests.preferred_inference_share");
        const double h = v("requests.horizon_months");
        tranche = whole("requests.tranche_chips");
        c_u = v("requests.shortage_cost");
        c_o = v("requests.surplus_cost");
        r = v("requests.order_cost");
        s = v("requests.belief_log_std_dev");
        m0 = v("requests.belief_at_start_share");
        lambda_m = v("requests.belief_learning_share");
        lambda_0 = v("requests.belief_recovery_share");
        theta_max = v("requests.largest_inflation_ratio");
        psi = v("requests.cancel_per_month");
        chi = v("requests.prepayment_strength");
        transit = int(v("shipping.transit_months"));
        lab = whole("shipping.laboratory_chips_per_month");

        double annual = 0;
        for (int i = 0; i < n; ++i) {
            const std::string b = "buyers." + p.buyers[i] + ".";
            Buyer& y = buyer[i];
            y.approvable = v(b + "beijing_may_approve") != 0;
            y.licensable = v(b + "us_may_license") != 0;
            y.mandate = v(b + "domestic_mandate") != 0;
            y.asks = y.approvable && y.licensable;
            y.need = v(b + "need_per_month");
            y.tau = v(b + "training_share");
            y.denial = v(b + "us_denial");
            y.favour = v(b + "favour");
            y.discretion = v(b + "discretion_share");
            y.grey = v(b + "grey_share_per_month");
            const double milli = 1000 * y.need * kappa_d;
            const i64 start = i64(std::floor(pent * milli));
            wt0[i] = i64(std::floor(y.tau * double(start)));
            wi0[i] = start - wt0[i];
            plan[i] = milli * h * (y.tau + iota * (1 - y.tau));
            for (int t = 0; t < months; ++t) new_need[i][t] = milli * std::pow(1 + g, t) * std::exp(-sigma_d * sigma_d / 2);
            if (y.asks) annual += 12 * y.need * kappa_d * (y.tau + iota * (1 - y.tau));
        }
        quota = i64(std::floor(zeta * annual * assessed / 12));

        const double dom0 = v("domestic.units_per_month"), dom_g = v("domestic.growth_per_month");
        sigma_dom = v("domestic.log_std_dev");
        for (int t = 0; t < months; ++t) dom[t] = dom0 * std::pow(1 + dom_g, t) * std::exp(-sigma_dom * sigma_dom / 2);
        d_max = whole("domestic.maximum_units_per_month");
        e_i = std::max<i64>(1, std::llround(1000 * v("domestic.inference_ratio")));
        e_t = std::max<i64>(1, std::llround(1000 * v("domestic.training_ratio")));
        s_i = v("domestic.inference_accepted_share");
        s_t = v("domestic.training_accepted_share");
        delta = v("grey_market.diverted_per_month");
        enforce = v("grey_market.enforcement_ratio");
        eps = v("grey_market.premium_elasticity");
        pi_ref = v("grey_market.reference_premium");
        zeta_g = v("grey_market.scarcity_elasticity");
        pi_s = v("grey_market.seized_share");
        price = whole("money.price_usd");
        cost = double(whole("money.build_cost_usd"));
        opportunity = double(whole("money.opportunity_cost_usd"));
        salvage = double(whole("money.salvage_usd"));
        mfu = v("compute.utilisation_share");
        b300 = v("compute.b300_ratio");
        if (line > MAXL || transit + 1 > MAXS) die("line or transit too long");
    }
    static int find(const char* const* names, int n, const std::string& s) {
        for (int i = 0; i < n; ++i) if (s == names[i]) return i;
        die("unknown regime " + s);
    }
};

// ---------------------------------------------------------------------------------------------- what is recorded

#define BUYER_SERIES(X) \
    X(requested) X(pending) X(granted) X(confirmed) X(backlog) X(licensed) X(shipped) X(in_transit) X(at_border) X(delivered) \
    X(delivered_mainland) X(delivered_offshore) X(refused) X(cancelled) X(unmet_training) X(unmet_inference) X(domestic) X(grey)
#define TOTAL_SERIES(X) \
    X(requested_in_month) X(shipped_in_month) X(delivered_in_month) X(capacity) X(starts) X(good) X(scrapped) X(line) X(stock) \
    X(rest_of_world) X(us_ceiling_headroom) X(squeezed) X(order_inflation) X(believed_fill) X(diverted) X(seized) X(dealers_stock) \
    X(premium) X(gross_revenue) X(us_take) X(net_revenue) X(h20) X(compute_legal) X(compute_grey) X(compute_domestic) \
    X(held_request) X(held_beijing) X(held_confirmation) X(held_licence) X(held_lot) X(held_customer_cap) X(held_pairing) \
    X(held_stock) X(held_us_ceiling) X(held_laboratory) X(held_clearing) X(beijing_frozen) X(beijing_pending) X(beijing_case_by_case) \
    X(beijing_open) X(washington_revoked) X(washington_waiting) X(washington_licensing)
#define NAME(x) #x,
#define ITEM(x) S_##x,
enum BuyerSeries { BUYER_SERIES(ITEM) NB };
enum TotalSeries { TOTAL_SERIES(ITEM) NT };
static const char* const BUYER_NAMES[] = {BUYER_SERIES(NAME)};
static const char* const TOTAL_NAMES[] = {TOTAL_SERIES(NAME)};

// Series of single buyers (as the Rust program records them), or totals only.
#ifndef RECORD_BUYERS
#define RECORD_BUYERS 1
#endif

// sum and sum of squares (overall and by world) and a histogram with 16 bins to the octave, for each series and month
struct Series {
    static constexpr int SUB = 16, LOW = -8, OCTAVES = 42, BINS = 2 * SUB * OCTAVES + 1;
    struct Moments { double sum = 0, sum2 = 0, world = 0, world2 = 0; };
    std::vector<Moments> m;
    std::vector<std::uint32_t> hist;
    // Paths are kept in rows and counted a block at a time: the histograms of all series together are far larger than a cache.
    static constexpr size_t BLOCK = 64;
    std::vector<double> rows;
    size_t filled = 0;

    explicit Series(size_t k) : m(k), hist(k * BINS), rows(k * BLOCK) {}
    static int bin(double x) {
        if (x == 0) return SUB * OCTAVES;
        const u64 b = std::bit_cast<u64>(std::fabs(x));
        int k = int(b >> 48) - ((1023 + LOW) << 4);
        k = std::clamp(k, 0, SUB * OCTAVES - 1);
        return x > 0 ? SUB * OCTAVES + 1 + k : SUB * OCTAVES - 1 - k;
    }
    void set(size_t i, double x) { rows[filled * m.size() + i] = x; }
    void end_path() { if (++filled == BLOCK) flush(); }
    void flush() {
        const size_t k = m.size();
        for (size_t i = 0; i < k; ++i) {
            double sum = 0, sum2 = 0;
            std::uint32_t* h = &hist[i * BINS];
            for (size_t j = 0; j < filled; ++j) {
                const double x = rows[j * k + i];
                sum += x;
                sum2 += x * x;
                ++h[bin(x)];
            }
            m[i].sum += sum;
            m[i].sum2 += sum2;
            m[i].world += sum;
        }
        filled = 0;
    }
    void end_world() {
        flush();
        for (Moments& a : m) {
            a.world2 += a.world * a.world;
            a.world = 0;
        }
    }
};

#define BUYER_OUTCOMES(X) \
    X(delivered_2026) X(delivered_T) X(requested_T) X(refused_T) X(cancelled_T) X(border_T) X(unmet_training) X(unmet_total) \
    X(domestic_units) X(grey_units) X(need_fill) X(approval_yield) X(t_first)
#define TOTAL_OUTCOMES(X) \
    X(supply_fill) X(inflation_first_month) X(inflation_mean) X(bullwhip) X(training_compute) X(revenue) X(us_take) X(net_revenue) \
    X(nvidia_profit) X(nvidia_profit_o0) X(nvidia_profit_o15000) X(stranded) X(domestic_share) X(nvidia_share) X(seized) \
    X(premium_mean) X(months_open) X(t_5k) X(t_100k) X(compute_delivered_b300e) \
    X(revenue_q1) X(revenue_q2) X(revenue_q3) X(revenue_q4) X(revenue_q5) X(revenue_q6) X(revenue_q7) X(revenue_q8)
#define OITEM(x) O_##x,
enum BuyerOutcomes { BUYER_OUTCOMES(OITEM) OB };
enum TotalOutcomes { TOTAL_OUTCOMES(OITEM) OT };
static const char* const BUYER_OUT_NAMES[] = {BUYER_OUTCOMES(NAME)};
static const char* const TOTAL_OUT_NAMES[] = {TOTAL_OUTCOMES(NAME)};

struct Outcome {  // NaN = undefined in this path
    double mark = 0;  // the value whose share is told: zero, or the wait that never ended
    std::vector<float> values;
    double sum = 0, sum2 = 0, zero = 0, n = 0;
    double ws = 0, wz = 0, wn = 0;           // this world
    double ss = 0, sn = 0, nn = 0, zz = 0, zn = 0;  // over worlds, for the clustered errors
    void add(double x) {
        if (std::isnan(x)) return;
        values.push_back(float(x));
        sum += x; sum2 += x * x; n += 1; zero += x == mark;
        ws += x; wn += 1; wz += x == mark;
    }
    void end_world() {
        ss += ws * ws; sn += ws * wn; nn += wn * wn; zz += wz * wz; zn += wz * wn;
        ws = wz = wn = 0;
    }
    double mean() const { return sum / n; }
    double error(double j) const { const double m = mean(); return std::sqrt(std::max(0.0, ss - 2 * m * sn + m * m * nn) * j / (j - 1)) / n; }
    double share() const { return zero / n; }
    double share_error(double j) const { const double m = share(); return std::sqrt(std::max(0.0, zz - 2 * m * zn + m * m * nn) * j / (j - 1)) / n; }
    static double quantile(std::vector<float> v, double q) {
        const size_t k = std::min(v.size() - 1, size_t(q * double(v.size())));
        std::nth_element(v.begin(), v.begin() + long(k), v.end());
        return v[k];
    }
    double quantile_error(double q) const {  // from 25 batches of whole worlds, or nearly
        constexpr size_t B = 25;
        double one = 0, two = 0;
        if (values.size() < 2 * B) return NAN;
        for (size_t i = 0; i < B; ++i) {
            const long from = long(i * values.size() / B), to = long((i + 1) * values.size() / B);
            const double x = quantile({values.begin() + from, values.begin() + to}, q);
            one += x;
            two += x * x;
        }
        return std::sqrt(std::max(0.0, two - one * one / B) / (B - 1) / B);
    }
};

// ---------------------------------------------------------------------------------------------- rationing

// Shares `supply` in proportion to `q`; leftovers to the largest remainders, ties to the lower index.
static i64 proportional(const i64* q, int n, i64 supply, i64* a) {
    i64 total = 0;
    for (int i = 0; i < n; ++i) total += q[i];
    if (total <= supply) {
        std::copy(q, q + n, a);
        return total;
    }
    i64 rem[MAXN], given = 0;
    if (supply < 3'000'000'000 && total < 3'000'000'000) {
        for (int i = 0; i < n; ++i) {
            const u64 x = u64(supply) * u64(q[i]);
            a[i] = i64(x / u64(total));
            rem[i] = i64(x % u64(total));
            given += a[i];
        }
    } else {
        for (int i = 0; i < n; ++i) {
            const unsigned __int128 x = (unsigned __int128)supply * u64(q[i]);
            a[i] = i64(x / u64(total));
            rem[i] = i64(x % u64(total));
            given += a[i];
        }
    }
    for (i64 left = supply - given; left > 0; --left) {
        const int k = int(std::max_element(rem, rem + n) - rem);
        ++a[k];
        rem[k] = -1;
    }
    return supply;
}

// ---------------------------------------------------------------------------------------------- a path

static i64 pos(i64 x) { return x > 0 ? x : 0; }
static i64 ceil_div(i64 a, i64 b) { return (a + b - 1) / b; }

struct Group {
    i64 pend, back, tran[MAXS], border, req, shp, del, canc, ref, granted, confirmed, wt, wi, dom, grey, del_2026;
    i64 w0, lapsed, generated, addressable0, addressable, dom_milli;
    int clock, cool, first;
    bool licensed, applied;
    i64 in_transit() const { i64 s = 0; for (i64 x : tran) s += x; return s; }
};

static double inflation(const World& w, double m) {
    const double s = w.s, mu = std::log(m) - s * s / 2;
    const double m1 = m * phi((-mu - s * s) / s) + phi(mu / s);
    if (w.r >= w.c_u * m1) return 0;
    const double arg = (w.r + w.c_o * m1) / ((w.c_u + w.c_o) * m);
    if (arg >= 1) return 1;
    const double k = std::exp(mu + s * s + s * phi_inv(arg));
    return std::clamp(1 / k, 1.0, w.theta_max);
}

struct Recorder {
    int n, months;
    Series series;
    std::vector<Outcome> buyers, totals;
    Recorder(int n_, int months_) : n(n_), months(months_), series(size_t(months_) * width(n_)), buyers(size_t(OB * (n_ + 1))), totals(OT) {
        for (int i = 0; i <= n; ++i) buyers[size_t(i * OB + O_t_first)].mark = months + 1;
        totals[O_t_5k].mark = totals[O_t_100k].mark = months + 1;
    }
    // per month: the series of each buyer and of their total, then the others
    static size_t width(int n) { return size_t(NB) * size_t(RECORD_BUYERS ? n + 1 : 1) + size_t(NT); }
    size_t width() const { return width(n); }
    void buyer(int t, int i, int s, double x) { series.set(size_t(t) * width() + size_t((RECORD_BUYERS ? i : 0) * NB + s), x); }
    void total(int t, int s, double x) { series.set(size_t(t + 1) * width() - NT + size_t(s), x); }
};

static i64 addressable_want(const World& w, const Group& g, int i) {
    const double a = double(pos(g.wt)) + w.iota * double(pos(g.wi)) + w.plan[i] - double(pos(-g.wt) + pos(-g.wi));
    return a > 0 ? i64(a) : 0;
}

// A chip serves training first, then inference; beyond that the need goes below zero. Returns what served training.
static i64 serve(Group& g, i64 chips) {
    const i64 milli = 1000 * chips, t = std::min(milli, pos(g.wt));
    g.wt -= t;
    g.wi -= milli - t;
    return t;
}

static void books(bool ok, const char* law) { if (!ok) die(std::string("books do not balance: ") + law); }

static void run_path(const World& w, Rng& g, Recorder& rec, int first_month) {
    const int n = w.n;
    Group gr[MAXN] = {};
    for (int i = 0; i < n; ++i) {
        gr[i].wt = w.wt0[i];
        gr[i].wi = w.wi0[i];
        gr[i].w0 = gr[i].wt + gr[i].wi;
        gr[i].addressable0 = gr[i].wt + i64(w.iota * double(gr[i].wi));
    }
    int b = w.b0, u = w.u0;
    bool squeezed = w.squeezed;
    double x = w.sigma_c * g.normal(), m = w.m0, visible = 0;
    i64 wip[MAXL];
    std::fill(wip, wip + w.line, w.wip0);
    int head = 0;  // the oldest bin
    i64 wip_sum = w.wip0 * w.line;
    const i64 wip_start = wip_sum;
    i64 inv = w.inv0, row = w.row0, us = w.base_us, starts = 0, scrap = 0, good_sum = 0, dealers = 0, seized = 0, shipped_total = 0;
    double landed = w.delta * double(w.row0) * (1 - w.pi_s);
    i64 gross_sum = 0, fee_sum = 0, delivered_total = 0, dom_sold = 0, dom_cap = 0, dom_idle = 0;
    i64 gross_quarter[8] = {};
    double theta_sum = 0, prem_sum = 0, ship_sum = 0, q_sum = 0, first_inflation = NAN;
    double start_s = 0, start_ss = 0, need_s = 0, need_ss = 0, trained = 0, train_months = 0;
    int open_months = 0, t5k = 0, t100k = 0, t_first = 0;
    const double root = std::sqrt(w.rho), rest = std::sqrt(1 - w.rho);

    for (int t = 0; t < w.months; ++t) {
        // E1: governments
        {
            double v = g.uniform();
            int to = 0;
            while (to < 3 && v >= w.pb[b][to]) v -= w.pb[b][to++];
            b = to;
            if (g.uniform() < -std::expm1(-w.eta_b * visible)) b = F;
            const int before = u;
            v = g.uniform();
            to = 0;
            while (to < 2 && v >= w.pu[u][to]) v -= w.pu[u][to++];
            u = to;
            if (g.uniform() < -std::expm1(-w.eta_u * visible)) u = R;
            if (u == R && before != R)
                for (int i = 0; i < n; ++i) {
                    Group& y = gr[i];
                    const i64 tr = y.in_transit();
                    std::fill(std::begin(y.tran), std::end(y.tran), 0);
                    inv += tr;
                    y.back += tr;
                    y.shp -= tr;
                    shipped_total -= tr;
                    y.licensed = y.applied = false;
                    y.clock = 0;
                }
        }
        // E2: the line
        i64 done = wip[head];
        const double yield = w.y_inf - w.y_gap * std::exp(-double(starts) / w.nu);
        const i64 good = g.beta_binomial(done, yield, w.kappa_y);
        inv += good;
        good_sum += good;
        scrap += done - good;
        wip_sum -= done;
        squeezed = squeezed ? g.uniform() >= w.sq_off : g.uniform() < w.sq_on;
        x = w.phi_c * x + w.sigma_c * std::sqrt(1 - w.phi_c * w.phi_c) * g.normal();
        const i64 capacity = i64(w.c_max * (1 - w.share[t]) * std::exp(x - w.sigma_c * w.sigma_c / 2) * (squeezed ? w.q : 1.0));
        i64 back_sum = 0, pend_sum = 0;
        for (int i = 0; i < n; ++i) {
            back_sum += gr[i].back;
            pend_sum += gr[i].pend;
        }
        double target = double(back_sum) + w.omega * double(pend_sum) + w.c_s * w.d[t] - double(inv) - double(wip_sum);
        if (b == F) target *= 1 - w.pause;
        const i64 start = std::min(std::max(i64(std::floor(target)), w.s_min), capacity);
        wip[head] = start;
        head = head + 1 == w.line ? 0 : head + 1;
        wip_sum += start;
        starts += start;
        // E3: US and allied customers
        const i64 sold = std::min(inv, i64(w.d[t]));
        inv -= sold;
        row += sold;
        us += i64(w.phi_us * double(sold));
        const i64 cover = i64(w.c_row * w.d[t]);
        // E4: needs
        i64 month_need = 0;
        for (int i = 0; i < n; ++i) {
            Group& y = gr[i];
            const i64 lt = i64(w.lapse * double(pos(y.wt))), li = i64(w.lapse * double(pos(y.wi)));
            const i64 fresh = i64(w.new_need[i][t] * std::exp(w.sigma_d * g.normal()));
            const i64 ft = i64(w.buyer[i].tau * double(fresh));
            y.wt += ft - lt;
            y.wi += fresh - ft - li;
            y.lapsed += lt + li;
            y.generated += fresh;
            y.addressable += ft + i64(w.iota * double(fresh - ft));
            month_need += fresh;
        }
        // E5: domestic chips
        {
            i64 pool = std::min(w.d_max, i64(w.dom[t] * std::exp(w.sigma_dom * g.normal())));
            dom_cap += pool;
            for (int tier = 0; tier < 2; ++tier) {
                i64 want[MAXN], got[MAXN];
                for (int i = 0; i < n; ++i) {
                    const i64 wt = pos(gr[i].wt), wi = pos(gr[i].wi);
                    if (tier == 0) want[i] = w.buyer[i].mandate ? ceil_div(wi, w.e_i) + ceil_div(wt, w.e_t) : 0;
                    else want[i] = w.buyer[i].mandate ? 0 : i64(w.s_i * double(wi) / double(w.e_i)) + i64(w.s_t * double(wt) / double(w.e_t));
                }
                pool -= proportional(want, n, pool, got);
                for (int i = 0; i < n; ++i) {
                    if (got[i] == 0) continue;
                    Group& y = gr[i];
                    const i64 inf = std::min(got[i], ceil_div(pos(y.wi), w.e_i)), tra = got[i] - inf;
                    y.wi -= inf * w.e_i;
                    y.wt -= tra * w.e_t;
                    y.dom += got[i];
                    y.dom_milli += inf * w.e_i + tra * w.e_t;
                    dom_sold += got[i];
                }
            }
            dom_idle += pool;
        }
        // E6: requests
        const double theta = inflation(w, m);
        i64 asked = 0;
        for (int i = 0; i < n; ++i) {
            Group& y = gr[i];
            const bool cooling = y.cool > 0;
            if (cooling) --y.cool;
            if (!w.buyer[i].asks || b == F || u == R || cooling) continue;
            const i64 wish = i64(theta * double(addressable_want(w, y, i)) / 1000);
            const i64 ask = std::min(pos(wish - y.pend - y.back - y.in_transit()), w.tranche);
            y.pend += ask;
            y.req += ask;
            asked += ask;
        }
        if (t == 0) {
            double on = 0, need = 0;
            for (int i = 0; i < n; ++i) {
                on += double(gr[i].pend + gr[i].back);
                if (w.buyer[i].asks) need += double(addressable_want(w, gr[i], i));
            }
            first_inflation = need > 0 ? 1000 * on / need : NAN;
        }
        // E7: US licences
        if (u == L)
            for (int i = 0; i < n; ++i) {
                Group& y = gr[i];
                if (!w.buyer[i].licensable || y.licensed) continue;
                if (y.pend + y.back > 0) y.applied = true;
                if (!y.applied) continue;
                if (++y.clock > w.licence_min && g.uniform() < w.ell && g.uniform() >= w.buyer[i].denial) y.licensed = true;
            }
        // E8: Beijing's review
        i64 unconfirmed = 0;
        {
            const double common = root * g.normal();
            i64 grant[MAXN] = {}, cut[MAXN], sum = 0;
            for (int i = 0; i < n; ++i) {
                Group& y = gr[i];
                if (y.pend == 0 || !w.buyer[i].approvable) continue;
                const double z = common + rest * g.normal();
                const double wt = double(std::max<i64>(y.wt, 1)), wi = double(std::max<i64>(y.wi, 1));
                const double shift = w.gamma_u * (wt / (wt + wi) - 0.5) -
                                     w.gamma_v * (1 - w.buyer[i].discretion) * std::max(0.0, std::log(double(y.pend) / w.size_ref)) +
                                     w.buyer[i].favour;
                if (w.a_raw[b] > 0 && z < w.approve[b] + shift) {
                    grant[i] = g.beta_binomial(y.pend, w.mu[b], w.kappa[b]);
                    sum += grant[i];
                } else if (z > w.refuse[b] + std::max(shift, -1.0)) {
                    y.ref += y.pend;
                    y.pend = 0;
                    y.cool = w.cooling;
                }
            }
            if (sum > 0) {
                proportional(grant, n, b == C ? w.quota : sum, cut);
                for (int i = 0; i < n; ++i) {
                    Group& y = gr[i];
                    const i64 kept = i64(w.conv * double(cut[i]));
                    y.pend -= cut[i];
                    y.back += kept;
                    y.canc += cut[i] - kept;
                    y.granted += cut[i];
                    y.confirmed += kept;
                    unconfirmed += cut[i] - kept;
                }
            }
        }
        // E9: allocation and shipping
        i64 shipped = 0, held_licence = 0, held_lot = 0, held_cap = 0, held_stock = 0, held_ceiling = 0, held_lab = 0;
        {
            i64 q[MAXN] = {}, a[MAXN], sum = 0;
            for (int i = 0; i < n; ++i) {
                Group& y = gr[i];
                if (u != L || !y.licensed) { held_licence += y.back; continue; }
                if (b == F) continue;
                const i64 under_lot = std::min(y.back, pos(w.ahead[b] - y.in_transit()));
                q[i] = std::min(under_lot, pos(w.cap - y.shp));
                held_lot += y.back - under_lot;
                held_cap += under_lot - q[i];
                sum += q[i];
            }
            if (sum > 0) {
                const i64 stock = pos(inv - cover), room = pos(i64(w.ceiling * double(us)) - shipped_total);
                const i64 supply = std::min({stock, room, w.lab});
                shipped = proportional(q, n, supply, a);
                for (int i = 0; i < n; ++i) {
                    gr[i].back -= a[i];
                    gr[i].tran[0] += a[i];
                    gr[i].shp += a[i];
                }
                inv -= shipped;
                shipped_total += shipped;
                (supply == stock ? held_stock : supply == room ? held_ceiling : held_lab) = sum - shipped;  // the tightest holds it all
                m = (1 - w.lambda_m) * m + w.lambda_m * (double(shipped) / double(sum));
                ship_sum += double(shipped);
                q_sum += double(sum);
            } else {
                m = (1 - w.lambda_0) * m + w.lambda_0 * w.m0;
            }
        }
        // E10: clearing
        i64 delivered = 0;
        visible = 0;
        {
            const double common = root * g.normal();
            for (int i = 0; i < n; ++i) {
                Group& y = gr[i];
                i64& border = y.tran[w.transit];
                if (border > 0 && u != R && common + rest * g.normal() < w.clear[b]) {
                    const i64 in = std::min(border, w.lot[b]);
                    border -= in;
                    y.del += in;
                    delivered += in;
                    trained += double(serve(y, in));
                    visible += (1 - w.buyer[i].discretion) * double(in);
                    if (in > 0 && y.first == 0) y.first = t + 1;
                }
                y.border = border;  // what stood at the border this month; what ages into it below arrives with the next
                for (int k = w.transit; k > 0; --k) {
                    y.tran[k] += y.tran[k - 1];
                    y.tran[k - 1] = 0;
                }
            }
            visible /= 10000;
        }
        delivered_total += delivered;
        const i64 gross = w.price * delivered, fee = gross * w.fee_bp / 10000;
        gross_sum += gross;
        fee_sum += fee;
        if (t / 3 < 8) gross_quarter[t / 3] += gross;
        // E11: the grey market
        double prem;
        i64 diverted;
        {
            i64 want[MAXN], got[MAXN], sum = 0;
            for (int i = 0; i < n; ++i) {
                want[i] = i64(w.buyer[i].grey * double(pos(gr[i].wt) + pos(gr[i].wi)) / 1000 * (b == F || u == R ? 2 : 1));
                sum += want[i];
            }
            prem = sum == 0 ? 0 : std::clamp(w.pi_ref * std::pow(double(sum) / (6 * landed), w.zeta_g), 0.0, 3.0);
            diverted = g.binomial(row, std::min(1.0, w.delta * w.enforce * std::pow((1 + prem) / (1 + w.pi_ref), w.eps)));
            const i64 lost = g.binomial(diverted, w.pi_s);
            row -= diverted;
            seized += lost;
            dealers += diverted - lost;
            landed = double(diverted - lost);
            dealers -= proportional(want, n, dealers, got);
            for (int i = 0; i < n; ++i) {
                gr[i].grey += got[i];
                serve(gr[i], got[i]);
            }
        }
        // E12: cancellation
        for (int i = 0; i < n; ++i) {
            Group& y = gr[i];
            if (y.pend + y.back == 0) continue;
            const i64 excess = pos(y.pend + y.back - i64(std::max(theta, 1.0) * double(addressable_want(w, y, i)) / 1000));
            if (excess == 0) continue;
            const i64 e1 = std::min(excess, y.pend), e2 = std::min(excess - e1, y.back);
            const i64 c1 = g.binomial(e1, w.psi), c2 = g.binomial(e2, w.psi * (1 - w.chi));
            y.pend -= c1;
            y.back -= c2;
            y.canc += c1 + c2;
        }
        // E13: books
        i64 held_request = 0, held_beijing = 0, held_clearing = 0;
        {
            i64 chips = inv + wip_sum + row + dealers + seized + scrap;
            double sums[NB] = {};
            for (int i = 0; i < n; ++i) {
                const Group& y = gr[i];
                const i64 tr = y.in_transit();
                chips += tr + y.del + y.grey;
                books(y.req == y.pend + tr + y.back + y.del + y.canc + y.ref, "C3");
                books(y.w0 + y.generated == 1000 * (y.del + y.grey) + y.dom_milli + y.lapsed + y.wt + y.wi, "C4");
                books(y.pend >= 0 && y.back >= 0 && y.del <= y.shp && y.shp <= y.req && y.shp <= w.cap, "stocks");
                if (w.buyer[i].asks) held_request += pos((pos(y.wt) + i64(w.iota * double(pos(y.wi)))) / 1000 - y.pend - y.back - tr);
                held_clearing += y.border;
                held_beijing += y.pend + (b == F && u == L && y.licensed ? y.back : 0);
                const double v[NB] = {double(y.req), double(y.pend), double(y.granted), double(y.confirmed), double(y.back),
                                      double(y.licensed), double(y.shp), double(tr - y.border), double(y.border),
                                      double(y.del), double(y.del), 0, double(y.ref), double(y.canc), double(y.wt) / 1000,
                                      double(y.wi) / 1000, double(y.dom), double(y.grey)};
                for (int k = 0; k < NB; ++k) {
                    if (RECORD_BUYERS) rec.buyer(t, i, k, v[k]);
                    sums[k] += v[k];
                }
            }
            books(chips == w.inv0 + wip_start + w.row0 + starts, "C1");
            books(starts + wip_start == good_sum + scrap + wip_sum, "C2");
            books(dom_cap == dom_sold + dom_idle, "C5");
            books(inv >= 0 && row >= 0 && dealers >= 0 && double(shipped_total) <= w.ceiling * double(us), "totals");
            books(gross_sum == w.price * delivered_total, "C6");
            for (int k = 0; k < NB; ++k) rec.buyer(t, n, k, sums[k]);
            const double v[NT] = {double(asked), double(shipped), double(delivered), double(capacity), double(start), double(good),
                                  double(done - good), double(wip_sum), double(inv), double(row),
                                  double(i64(w.ceiling * double(us)) - shipped_total), double(squeezed), theta, m, double(diverted),
                                  double(seized), double(dealers), prem, double(gross), double(fee), double(gross - fee), 0,
                                  double(delivered_total), sums[S_grey], sums[S_domestic] * 12032 / 15832, double(held_request),
                                  double(held_beijing), double(unconfirmed), double(held_licence), double(held_lot), double(held_cap), 0,
                                  double(held_stock), double(held_ceiling), double(held_lab), double(held_clearing), double(b == F),
                                  double(b == P), double(b == C), double(b == O), double(u == R), double(u == W), double(u == L)};
            for (int k = 0; k < NT; ++k) rec.total(t, k, v[k]);
        }
        theta_sum += theta;
        prem_sum += prem;
        open_months += b == C || b == O;
        start_s += double(start);
        start_ss += double(start) * double(start);
        need_s += double(month_need);
        need_ss += double(month_need) * double(month_need);
        train_months += trained / 1000;
        if (!t_first && delivered_total > 0) t_first = t + 1;
        if (!t5k && delivered_total >= 5000) t5k = t + 1;
        if (!t100k && delivered_total >= 100000) t100k = t + 1;
        if (t + first_month == 12)
            for (int i = 0; i < n; ++i) gr[i].del_2026 = gr[i].del;
    }

    // outcomes
    double tot[OB] = {}, need_total = 0, granted_total = 0;
    for (int i = 0; i < n; ++i) {
        const Group& y = gr[i];
        const double need = double(y.addressable0 + y.addressable) / 1000;
        const double v[OB] = {double(y.del_2026), double(y.del), double(y.req), double(y.ref), double(y.canc), double(y.border),
                              double(pos(y.wt)) / 1000, double(pos(y.wt) + pos(y.wi)) / 1000, double(y.dom), double(y.grey),
                              double(y.del) / need, y.granted > 0 ? double(y.del) / double(y.granted) : NAN,
                              double(y.first ? y.first : w.months + 1)};
        if (w.buyer[i].asks) need_total += need;
        granted_total += double(y.granted);
        for (int k = 0; k < OB; ++k) {
            rec.buyers[size_t(i * OB + k)].add(v[k]);
            tot[k] += v[k];
        }
    }
    tot[O_need_fill] = tot[O_delivered_T] / need_total;
    tot[O_approval_yield] = granted_total > 0 ? tot[O_delivered_T] / granted_total : NAN;
    tot[O_t_first] = t_first ? t_first : w.months + 1;
    for (int k = 0; k < OB; ++k) rec.buyers[size_t(n * OB + k)].add(tot[k]);
    const double gross = double(gross_sum), net = double(gross_sum - fee_sum), left = double(inv + wip_sum), st = double(starts);
    const double months = w.months, cs = start_ss / months / std::pow(start_s / months, 2) - 1, cn = need_ss / months / std::pow(need_s / months, 2) - 1;
    const double tpp_dom = tot[O_domestic_units] * 12032, tpp_legal = tot[O_delivered_T] * 15832, tpp_grey = tot[O_grey_units] * 15832;
    const double tpp = tpp_dom + tpp_legal + tpp_grey;
    auto profit = [&](double o) { return net - (w.cost + o) * st + w.salvage * left; };
    const double v[OT] = {q_sum > 0 ? ship_sum / q_sum : NAN, first_inflation, theta_sum / months, cn > 0 ? cs / cn : NAN,
                          train_months * 989.5e12 * w.mfu * 2.628e6, gross, double(fee_sum), net, profit(w.opportunity), profit(0), profit(15000),
                          left, tpp > 0 ? tpp_dom / tpp : NAN, tpp > 0 ? tpp_legal / tpp : NAN, double(seized), prem_sum / months,
                          double(open_months), double(t5k ? t5k : w.months + 1), double(t100k ? t100k : w.months + 1), tot[O_delivered_T] * w.b300,
                          double(gross_quarter[0]), double(gross_quarter[1]), double(gross_quarter[2]), double(gross_quarter[3]),
                          double(gross_quarter[4]), double(gross_quarter[5]), double(gross_quarter[6]), double(gross_quarter[7])};
    for (int k = 0; k < OT; ++k) rec.totals[size_t(k)].add(v[k]);
}

static std::string json(double x, const char* format = "%.10g") {
    if (!std::isfinite(x)) return "null";
    char buf[64];
    std::snprintf(buf, sizeof buf, format, x);
    return buf;
}

int main(int argc, char** argv) {
    if (argc != 5) die("usage: model PARAMS.txt WORLDS PATHS SEED");
    const auto begin = std::chrono::steady_clock::now();
    const auto cpu_begin = std::clock();
    const Params params(argv[1]);
    const int worlds = std::atoi(argv[2]), paths = std::atoi(argv[3]);
    const u64 seed = std::strtoull(argv[4], nullptr, 10);
    if (worlds < 2 || paths < 1) die("needs at least 2 worlds and 1 path");
    const int n = int(params.buyers.size()), months = int(params.fixed("months"));
    const int first_year = int(params.fixed("start.year")), first_month = int(params.fixed("start.month"));
    Recorder rec(n, months);
    for (int j = 0; j < worlds; ++j) {
        Rng inputs(seed, u64(j) + 1, 0);
        const World w(params, inputs);
        for (int k = 0; k < paths; ++k) {
            Rng g(seed, u64(j) + 1, u64(k) + 1);
            run_path(w, g, rec, first_month);
            rec.series.end_path();
        }
        rec.series.end_world();
        for (auto& o : rec.buyers) o.end_world();
        for (auto& o : rec.totals) o.end_world();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double cpu_seconds = double(std::clock() - cpu_begin) / CLOCKS_PER_SEC, total = double(worlds) * paths;

    std::printf("{\"model\": \"cpp\", \"seconds\": %.4f, \"cpu_seconds\": %.4f, \"worlds\": %d, \"paths_per_world\": %d, \"paths\": %.0f, "
                "\"ns_per_buyer_month\": %.2f,\n\"outcomes\": {", seconds, cpu_seconds, worlds, paths, total, 1e9 * seconds / (total * months * n));
    auto print = [&](Outcome& o, const std::string& buyer) {
        const bool wait = o.mark != 0;
        std::printf("\n  \"%s\": {\"paths\": %.0f, \"mean\": %s, \"std_error\": %s, \"share_%s\": %s, \"share_%s_std_error\": %s",
                    buyer.c_str(), o.n, json(wait ? NAN : o.mean()).c_str(), json(wait ? NAN : o.error(worlds)).c_str(), wait ? "censored" : "zero",
                    json(o.share()).c_str(), wait ? "censored" : "zero", json(o.share_error(worlds)).c_str());
        for (int q : {10, 50, 90})
            std::printf(", \"p%d\": %s, \"p%d_std_error\": %s", q, json(o.n > 0 ? o.quantile(o.values, q / 100.0) : NAN).c_str(), q,
                        json(o.quantile_error(q / 100.0)).c_str());
        std::printf("}");
    };
    for (int k = 0; k < OB; ++k) {
        std::printf("%s\n\"%s\": {", k ? "," : "", BUYER_OUT_NAMES[k]);
        for (int i = 0; i <= n; ++i) {
            if (i) std::printf(",");
            print(rec.buyers[size_t(i * OB + k)], i < n ? params.buyers[size_t(i)] : "total");
        }
        std::printf("}");
    }
    for (int k = 0; k < OT; ++k) {
        std::string name = TOTAL_OUT_NAMES[k];
        if (const int q = k - O_revenue_q1; q >= 0) {
            if (3 * q >= months) break;
            name = "revenue_" + std::to_string(first_year + q / 4) + "q" + std::to_string(q % 4 + 1);
        }
        std::printf(",\n\"%s\": {", name.c_str());
        print(rec.totals[size_t(k)], "total");
        std::printf("}");
    }
    std::printf("},\n\"monthly\": {");
    for (size_t k = 0; k < rec.width(); ++k) {
        const size_t head = rec.width() - NT, i = RECORD_BUYERS ? k / NB : size_t(n);
        std::string name = k < head ? BUYER_NAMES[k % NB] : TOTAL_NAMES[k - head], mean, error, zero;
        if (k < head && i < size_t(n)) name += "/" + params.buyers[i];
        for (const char* government : {"beijing_", "washington_"})
            if (name.starts_with(government)) name[std::strlen(government) - 1] = ':';
        for (int t = 0; t < months; ++t) {
            const size_t at = size_t(t) * rec.width() + k;
            const Series::Moments& a = rec.series.m[at];
            const double m = a.sum / total, e = std::sqrt(std::max(0.0, a.world2 / worlds - m * m * paths * paths) / (worlds - 1)) / paths;
            const char* const comma = t ? ", " : "";
            mean.append(comma).append(json(m));
            error.append(comma).append(json(e, "%.6g"));
            zero.append(comma).append(json(rec.series.hist[at * Series::BINS + Series::SUB * Series::OCTAVES] / total, "%.6g"));
        }
        std::printf("%s\n\"%s\": {\"mean\": [%s], \"std_error\": [%s], \"share_zero\": [%s]}", k ? "," : "", name.c_str(), mean.c_str(), error.c_str(), zero.c_str());
    }
    std::printf("}}\n");
}
